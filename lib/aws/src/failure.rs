//! Which failures of an AWS call pass with time.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// What an AWS call failed with.
pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

/// Codes that come with status 400 although nothing is wrong with the call.
const TRANSIENT_CODES: [&str; 12] = [
    "InternalServerError",
    "InternalServiceError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Whether the same call may succeed later. It may also have succeeded already: the answer is what is missing.
pub(crate) fn is_transient<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            true
        }
        SdkError::ServiceError(context) => {
            let status = context.raw().status();
            status.is_server_error()
                || status.as_u16() == 429
                || context.err().code().is_some_and(|code| TRANSIENT_CODES.contains(&code))
        }
        // The call could not even be built.
        _ => false,
    }
}
