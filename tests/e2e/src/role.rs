//! The functions' roles, taken on: what one may do is found out by doing it with its policies.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::aws::Identity;
use crate::stack;

/// The version of IAM's API.
const IAM: &str = "2010-05-08";

/// A role with the same policies as a function's, which a test may take on.
#[derive(Debug)]
pub struct Double {
    name: String,
    policies: Vec<String>,
    identity: Identity,
}

impl Double {
    /// The double of a function's role.
    pub async fn of(function: &str) -> Self {
        let root = Identity::root();
        let iam = async |parameters: &[(&str, &str)]| root.query("iam", IAM, parameters).await;
        let original = role_of(function).await;
        let name = format!("double-{}", uuid::Uuid::new_v4().simple());
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
        .to_string();
        let made = iam(&[
            ("Action", "CreateRole"),
            ("RoleName", &name),
            ("AssumeRolePolicyDocument", &trust),
        ])
        .await;
        let arn = between(xml(&made), "Arn")[0].to_owned();
        let attached =
            iam(&[("Action", "ListAttachedRolePolicies"), ("RoleName", &original)]).await;
        let attached = between(xml(&attached), "PolicyArn").len();
        assert_eq!(attached, 0, "{function} has policies that were not written for it");
        let listed = iam(&[("Action", "ListRolePolicies"), ("RoleName", &original)]).await;
        let policies: Vec<String> =
            between(xml(&listed), "member").into_iter().map(str::to_owned).collect();
        assert!(!policies.is_empty());
        for policy in &policies {
            let which = [("RoleName", original.as_str()), ("PolicyName", policy.as_str())];
            let got = iam(&[("Action", "GetRolePolicy"), which[0], which[1]]).await;
            // The document is percent-encoded in the answer.
            let document = between(xml(&got), "PolicyDocument")[0].replace('+', "%2B");
            let pair = format!("d={document}");
            let document = url::form_urlencoded::parse(pair.as_bytes()).next();
            let document = document.expect("a pair").1;
            let put = iam(&[
                ("Action", "PutRolePolicy"),
                ("RoleName", &name),
                ("PolicyName", policy),
                ("PolicyDocument", &document),
            ])
            .await;
            xml(&put);
        }
        let taken = [("Action", "AssumeRole"), ("RoleArn", &arn), ("RoleSessionName", "e2e")];
        let taken = root.query("sts", "2011-06-15", &taken).await;
        let part = |tag: &str| between(xml(&taken), tag)[0].to_owned();
        let identity = Identity::temporary(
            &part("AccessKeyId"),
            &part("SecretAccessKey"),
            &part("SessionToken"),
        );
        Self { name, policies, identity }
    }

    /// Whoever has taken the role on.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Takes the role out of the account.
    pub async fn remove(self) {
        let root = Identity::root();
        for policy in &self.policies {
            let delete = [
                ("Action", "DeleteRolePolicy"),
                ("RoleName", self.name.as_str()),
                ("PolicyName", policy.as_str()),
            ];
            root.query("iam", IAM, &delete).await;
        }
        let delete = [("Action", "DeleteRole"), ("RoleName", self.name.as_str())];
        root.query("iam", IAM, &delete).await;
    }
}

/// Whether an answer says that the caller may not do this; what else may be wrong with the call does not matter.
pub fn is_denied(answer: &Answer) -> bool {
    let text = answer.body.to_string();
    text.contains("AccessDenied") || text.contains("not authorized")
}

/// The name of a function's role.
pub async fn role_of(function: &str) -> String {
    let path =
        format!("/2015-03-31/functions/ledgerbridge-{}-{function}/configuration", stack().name);
    let answer = Identity::root().get("lambda", &path).await;
    let arn = answer.body["Role"].as_str().unwrap_or_else(|| panic!("{}", answer.body));
    arn.rsplit('/').next().expect("a name").to_owned()
}

/// What stands between two tags of an XML answer.
fn between<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split(&close).next()).collect()
}

fn xml(answer: &Answer) -> &str {
    let Value::String(text) = &answer.body else { panic!("XML: {}", answer.body) };
    assert_eq!(answer.status, 200, "{text}");
    text
}
