//! Names for requests: which service, which operation.

use http::{HeaderMap, Method};
use serde::{Deserialize, Serialize};

/// Which of the two ports a request came in on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The AWS API.
    Aws,
    /// QuickBooks Online, sign-in included.
    QuickBooks,
}

/// The outside service that a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// DynamoDB.
    DynamoDb,
    /// SQS.
    Sqs,
    /// Secrets Manager.
    SecretsManager,
    /// QuickBooks Online, sign-in included.
    QuickBooks,
    /// Any other AWS service.
    Aws,
}

/// One request, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Which service it is for.
    pub service: Service,
    /// `X-Amz-Target` for AWS, such as `DynamoDB_20120810.PutItem`; otherwise method and path.
    pub name: String,
    /// Who calls, where an AWS SDK says it: the id that `AWS_SDK_UA_APP_ID` gave it.
    pub caller: Option<String>,
}

/// What an SDK writes before the caller's id, in the header where it describes itself.
const CALLER: &str = "app/";

impl Operation {
    /// Names a request by its head alone.
    pub fn of(side: Side, method: &Method, path: &str, headers: &HeaderMap) -> Self {
        let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        let (service, name) = match (side, target) {
            (Side::QuickBooks, _) => (Service::QuickBooks, format!("{method} {path}")),
            (Side::Aws, None) => (Service::Aws, format!("{method} {path}")),
            (Side::Aws, Some(target)) => (service_of(target), target.to_owned()),
        };
        Self { service, name, caller: caller(headers) }
    }
}

fn caller(headers: &HeaderMap) -> Option<String> {
    let told = ["x-amz-user-agent", "user-agent"].into_iter().filter_map(|name| headers.get(name));
    let mut words =
        told.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split_whitespace());
    words.find_map(|word| word.strip_prefix(CALLER)).map(str::to_owned)
}

fn service_of(target: &str) -> Service {
    let prefix = target.split('.').next().unwrap_or(target).to_ascii_lowercase();
    match prefix.as_str() {
        "amazonsqs" => Service::Sqs,
        "secretsmanager" => Service::SecretsManager,
        _ if prefix.starts_with("dynamodb_") => Service::DynamoDb,
        _ => Service::Aws,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_named_by_its_target_or_by_method_and_path() {
        let cases = [
            (
                Side::Aws,
                Some("DynamoDB_20120810.TransactWriteItems"),
                Service::DynamoDb,
                "DynamoDB_20120810.TransactWriteItems",
            ),
            (Side::Aws, Some("AmazonSQS.SendMessage"), Service::Sqs, "AmazonSQS.SendMessage"),
            (
                Side::Aws,
                Some("secretsmanager.GetSecretValue"),
                Service::SecretsManager,
                "secretsmanager.GetSecretValue",
            ),
            (Side::Aws, Some("AWSEvents.PutEvents"), Service::Aws, "AWSEvents.PutEvents"),
            (Side::Aws, None, Service::Aws, "POST /x"),
            (Side::QuickBooks, None, Service::QuickBooks, "POST /x"),
        ];
        for (side, target, service, name) in cases {
            let mut headers = HeaderMap::new();
            if let Some(target) = target {
                headers.insert("x-amz-target", target.parse().unwrap());
            }
            assert_eq!(
                Operation::of(side, &Method::POST, "/x", &headers),
                Operation { service, name: name.to_owned(), caller: None }
            );
        }
    }

    #[test]
    fn a_caller_is_known_by_what_its_sdk_says_of_itself() {
        let agent = "aws-sdk-rust/1.3 ua/2.1 api/dynamodb/1.9 os/linux lang/rust/1.94 app/settings";
        for (header, text, expected) in [
            ("x-amz-user-agent", agent, Some("settings")),
            ("user-agent", agent, Some("settings")),
            ("user-agent", "curl/8.0", None),
            ("x-other", agent, None),
        ] {
            let headers = HeaderMap::from_iter([(
                http::HeaderName::from_static(header),
                http::HeaderValue::from_static(text),
            )]);
            let operation = Operation::of(Side::Aws, &Method::POST, "/", &headers);
            assert_eq!(operation.caller.as_deref(), expected, "{header}: {text}");
        }
    }
}
