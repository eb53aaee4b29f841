//! Whose processor time it is: each sample belongs to the innermost layer on its stack.

use std::collections::BTreeMap;

/// Where code comes from. A library that several layers call, such as a parser, counts for the one that called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// This product: the edge, the posting, the plan, the table's items, the documents.
    Product,
    /// AWS' client: building, signing, retrying and reading calls of DynamoDB.
    AwsClient,
    /// HTTP, the Lambda runtime and the scheduler of tasks.
    Http,
    /// The kernel: sockets for the most part.
    Kernel,
    /// Stacks that were cut off before a layer could be seen.
    Unknown,
}

impl Layer {
    const KNOWN: [(Self, &[&str]); 3] = [
        (
            Self::Product,
            &["aws::", "billing_invoice::", "domain::", "edge::", "quickbooks::", "sync::"],
        ),
        (
            Self::AwsClient,
            &["aws_config::", "aws_runtime::", "aws_sdk_", "aws_sigv4::", "aws_smithy_"],
        ),
        (Self::Http, &["axum::", "hyper", "lambda_runtime", "reqwest::", "tokio::", "tower"]),
    ];

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Product => "this product, with what it calls",
            Self::AwsClient => "AWS' client for DynamoDB",
            Self::Http => "HTTP, Lambda runtime, scheduler of tasks",
            Self::Kernel => "kernel",
            Self::Unknown => "cannot be told",
        }
    }

    /// Of one sample, as `perf script` writes it: an address and a name in each line, from the inside out.
    fn of(stack: &str) -> Self {
        let lines = stack.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut frames = lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).peekable();
        if frames.peek().is_some_and(|(address, _)| address.starts_with("ffffffff")) {
            return Self::Kernel;
        }
        frames.find_map(|(_, name)| Self::named(name)).unwrap_or(Self::Unknown)
    }

    fn named(function: &str) -> Option<Self> {
        // Paths begin the name, or follow something like `<impl `: `aws::` is not the end of `my_aws::`.
        let goes_on = |before: char| before.is_alphanumeric() || before == '_' || before == ':';
        let begins = |part: &&str| {
            function.match_indices(part).any(|(at, _)| !function[..at].ends_with(goes_on))
        };
        let known = Self::KNOWN.iter().find(|(_, parts)| parts.iter().any(begins));
        known.map(|(layer, _)| *layer)
    }
}

/// Samples of each layer in what `perf script -F ip,sym` wrote.
pub fn samples(script: &str) -> BTreeMap<Layer, u64> {
    let mut samples = BTreeMap::new();
    for stack in script.split("\n\n").filter(|stack| !stack.trim().is_empty()) {
        *samples.entry(Layer::of(stack)).or_default() += 1;
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_belongs_to_the_innermost_layer() {
        let cases = [
            ("ffffffff82 tcp_sendmsg\n 12 hyper::proto::h1::io\n", Layer::Kernel),
            (" 1 malloc\n 2 aws::table::item::decode\n 3 edge::runtime::run\n", Layer::Product),
            (
                " 1 sha2::compress\n 2 aws_sigv4::sign\n 3 aws::table::write::put\n",
                Layer::AwsClient,
            ),
            (" 1 memmove\n 2 reqwest::send\n 3 quickbooks::send::send\n", Layer::Http),
            (
                " 1 serde::visit\n 2 <impl Serialize for domain::Record>::serialize\n",
                Layer::Product,
            ),
            (" 1 malloc\n 2 my_aws::call\n", Layer::Unknown),
            ("", Layer::Unknown),
        ];
        for (stack, layer) in cases {
            assert_eq!(Layer::of(stack), layer, "{stack}");
        }
    }

    #[test]
    fn samples_are_counted_by_layer() {
        let script = "\n 1 tokio::run\n\n\n 1 tokio::run\n\n\n ffffffff81 read\n 1 tokio::run\n\n";
        assert_eq!(samples(script), BTreeMap::from([(Layer::Http, 2), (Layer::Kernel, 1)]));
    }
}
