"""The AWS calls that xtask itself makes: signed, so they need an SDK; few, so they need no more than this.

Run by the emulator's Python, with AWS_ENDPOINT_URL and credentials in the environment:

  stack.py create-bucket NAME
  stack.py outputs STACK              the stack's outputs as a JSON object
  stack.py put-secret NAME            the secret's new value on standard input
  stack.py tap-bus BUS QUEUE          a queue that gets all that the bus hears; its address
  stack.py logs GROUP...              everything the functions logged, oldest first, group by group
"""

import json
import sys

import boto3


def create_bucket(name):
    boto3.client("s3").create_bucket(Bucket=name)


def outputs(stack):
    stacks = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    print(json.dumps({output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}))


def put_secret(name):
    boto3.client("secretsmanager").put_secret_value(SecretId=name, SecretString=sys.stdin.read())


def tap_bus(bus, name):
    sqs, events = boto3.client("sqs"), boto3.client("events")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": [{"prefix": ""}]}))
    failed = events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": name, "Arn": arn}])["FailedEntries"]
    if failed:
        sys.exit(f"the bus sends nothing to the queue: {failed}")
    print(queue)


def logs(*groups):
    client = boto3.client("logs")
    for group in groups:
        since, printed = 0, 0
        while True:
            # The emulator has no pages: it answers the 10,000 oldest.
            events = client.filter_log_events(logGroupName=group, startTime=since)["events"]
            news = events[printed:]
            if not news:
                break
            for event in news:
                print(group.rsplit("/", 1)[-1], event["message"].rstrip("\n"))
            since = news[-1]["timestamp"]
            printed = sum(event["timestamp"] == since for event in events)


COMMANDS = {"create-bucket": create_bucket, "outputs": outputs, "put-secret": put_secret, "tap-bus": tap_bus, "logs": logs}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
