//! The files that tenants import from: a client uploads one with a signed address, and it is read in ranges.
//!
//! Four calls of S3, signed here and sent with the HTTP client that is there anyway: its SDK would be a good part of
//! every function.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningInstructions, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use domain::id::TenantId;
use domain::import::{File, ImportId};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_LENGTH, ETAG, HeaderMap, IF_MATCH, RANGE};
use reqwest::{Method, StatusCode};

use crate::failure::Source;
use crate::{ATTEMPTS, CONNECT_TIMEOUT};

/// For so long a client may upload with an address.
pub const UPLOAD_WITHIN: SignedDuration = SignedDuration::from_hours(1);
/// One attempt. A range of a megabyte comes in a fraction of a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const MAX_RESPONSE_BYTES: usize = 8 * 1024 * 1024;

/// The bucket of one deployment.
#[derive(Clone)]
pub struct Files {
    config: SdkConfig,
    bucket: String,
    http: OnceLock<reqwest::Client>,
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Passes with time.
    #[error("the files cannot be reached")]
    Unavailable(#[source] Source),
    /// Does not pass with time: the deployment is wrong.
    #[error("the files refuse the call")]
    Refused(#[source] Source),
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// It is another file than was asked for.
    #[error("the file was replaced")]
    Replaced,
}

/// How one call is made.
struct Call<'a> {
    method: Method,
    headers: Vec<(&'static str, String)>,
    body: &'a [u8],
}

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Files {
    /// The bucket of that name.
    pub fn new(config: &SdkConfig, bucket: impl Into<String>) -> Self {
        Self { config: config.clone(), bucket: bucket.into(), http: OnceLock::new() }
    }

    /// The address to which a client `PUT`s an import's file, for [`UPLOAD_WITHIN`].
    pub async fn upload_address(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        now: Timestamp,
    ) -> Result<String, Error> {
        let url = self.address(tenant, id);
        let mut settings = settings();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Duration::try_from(UPLOAD_WITHIN).ok();
        let body = SignableBody::UnsignedPayload;
        let signed = self.sign("PUT", &url, &[], body, settings, now).await?;
        let (_, parameters) = signed.into_parts();
        let mut url = reqwest::Url::parse(&url).map_err(|error| Error::Refused(error.into()))?;
        for (name, value) in &parameters {
            url.query_pairs_mut().append_pair(name, value);
        }
        Ok(url.into())
    }

    /// Which file of an import is there now; nothing if there is none.
    pub async fn find(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        now: Timestamp,
    ) -> Result<Option<File>, Error> {
        let call = Call { method: Method::HEAD, headers: Vec::new(), body: &[] };
        match self.send(tenant, id, &call, now).await {
            Ok(reply) => Ok(Some(File { tag: tag(&reply)?, bytes: length(&reply)? })),
            Err(Error::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// At most `length` bytes of a file, from an offset that lies within it.
    pub async fn read(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        file: &File,
        offset: u64,
        length: u64,
        now: Timestamp,
    ) -> Result<Vec<u8>, Error> {
        let last = (offset + length).min(file.bytes).saturating_sub(1);
        let headers = vec![
            (RANGE.as_str(), format!("bytes={offset}-{last}")),
            (IF_MATCH.as_str(), file.tag.clone()),
        ];
        let call = Call { method: Method::GET, headers, body: &[] };
        let reply = self.send(tenant, id, &call, now).await?;
        if tag(&reply)? != file.tag {
            return Err(Error::Replaced);
        }
        if reply.body.len() as u64 != last + 1 - offset {
            return Err(Error::Unavailable("the range has another length".into()));
        }
        Ok(reply.body)
    }

    /// Stores a small file.
    pub async fn write(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        body: &[u8],
        now: Timestamp,
    ) -> Result<File, Error> {
        let call = Call { method: Method::PUT, headers: Vec::new(), body };
        let reply = self.send(tenant, id, &call, now).await?;
        Ok(File { tag: tag(&reply)?, bytes: body.len() as u64 })
    }

    /// Deletes a file, whether or not it is there.
    pub async fn delete(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let call = Call { method: Method::DELETE, headers: Vec::new(), body: &[] };
        match self.send(tenant, id, &call, now).await {
            Ok(_) | Err(Error::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Each of the calls can be repeated: they read, or they write the same again.
    async fn send(
        &self,
        tenant: &TenantId,
        id: &ImportId,
        call: &Call<'_>,
        now: Timestamp,
    ) -> Result<Reply, Error> {
        let url = self.address(tenant, id);
        let mut last = Error::Unavailable("it was not tried".into());
        for _ in 0..ATTEMPTS {
            match self.send_once(&url, call, now).await {
                Err(error @ Error::Unavailable(_)) => last = error,
                ended => return ended,
            }
        }
        Err(last)
    }

    async fn send_once(&self, url: &str, call: &Call<'_>, now: Timestamp) -> Result<Reply, Error> {
        let mut settings = settings();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let body = SignableBody::Bytes(call.body);
        let method = call.method.as_str();
        let signed = self.sign(method, url, &call.headers, body, settings, now).await?;
        let (headers, _) = signed.into_parts();
        let mut request = self.http().request(call.method.clone(), url);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        for header in headers {
            request = request.header(header.name(), header.value());
        }
        let lost = |error: reqwest::Error| Error::Unavailable(Box::new(error.without_url()));
        let mut response = request.body(call.body.to_vec()).send().await.map_err(lost)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
                return Err(Error::Refused("the answer is too long".into()));
            }
            body.extend_from_slice(&chunk);
        }
        let reply = Reply { status, headers, body };
        match status {
            _ if status.is_success() => Ok(reply),
            StatusCode::NOT_FOUND => Err(Error::Missing),
            StatusCode::PRECONDITION_FAILED => Err(Error::Replaced),
            // 409: another call on the same file is under way.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT => {
                Err(Error::Unavailable(told(&reply)))
            }
            _ if status.is_server_error() => Err(Error::Unavailable(told(&reply))),
            _ => Err(Error::Refused(told(&reply))),
        }
    }

    async fn sign(
        &self,
        method: &str,
        url: &str,
        headers: &[(&'static str, String)],
        body: SignableBody<'_>,
        settings: SigningSettings,
        now: Timestamp,
    ) -> Result<SigningInstructions, Error> {
        let refused = |error: Source| Error::Refused(error);
        let provider = self.config.credentials_provider();
        let provider = provider.ok_or_else(|| Error::Refused("there are no credentials".into()))?;
        let identity = provider.provide_credentials().await.map_err(|it| refused(it.into()))?;
        let identity = identity.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region())
            .name("s3")
            .time(SystemTime::from(now))
            .settings(settings)
            .build()
            .map_err(|error| refused(error.into()))?
            .into();
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let request = SignableRequest::new(method, url, headers, body);
        let request = request.map_err(|error| refused(error.into()))?;
        let signed = sign(request, &parameters).map_err(|error| refused(error.into()))?;
        Ok(signed.into_parts().0)
    }

    fn region(&self) -> &str {
        self.config.region().map_or("us-east-1", |region| region.as_ref())
    }

    /// Where a file is. An endpoint of one's own does not know buckets by their host name.
    fn address(&self, tenant: &TenantId, id: &ImportId) -> String {
        let key = format!("{}/{id}.ndjson", encoded(tenant.as_str()));
        let bucket = &self.bucket;
        match self.config.endpoint_url() {
            Some(endpoint) => format!("{}/{bucket}/{key}", endpoint.trim_end_matches('/')),
            None => format!("https://{bucket}.s3.{}.amazonaws.com/{key}", self.region()),
        }
    }

    /// Made when it is needed: most functions never do.
    fn http(&self) -> &reqwest::Client {
        self.http.get_or_init(|| {
            let caller = self.config.app_name().map(|name| format!(" app/{name}"));
            reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(ATTEMPT_TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
                .https_only(self.config.endpoint_url().is_none())
                .user_agent(format!("ledgerbridge{}", caller.unwrap_or_default()))
                .build()
                .expect("a client with these settings can be made")
        })
    }
}

/// As S3 wants it: paths as they are sent.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// Percent-encodes all that S3 encodes when it looks at a signature.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into());
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn tag(reply: &Reply) -> Result<String, Error> {
    let tag = reply.headers.get(ETAG).and_then(|tag| tag.to_str().ok());
    tag.map(str::to_owned).ok_or_else(|| Error::Unavailable("the file has no tag".into()))
}

fn length(reply: &Reply) -> Result<u64, Error> {
    let length = reply.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse().ok());
    length.ok_or_else(|| Error::Unavailable("the file has no length".into()))
}

/// The status and S3's own code, which names no file.
fn told(reply: &Reply) -> Source {
    let body = String::from_utf8_lossy(&reply.body);
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let code = code.map_or("", |(code, _)| code);
    let safe = code.len() < 60 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    format!("status {} {}", reply.status.as_u16(), if safe { code } else { "" }).into()
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};

    use super::*;

    fn files(endpoint: Option<&str>) -> Files {
        let credentials = Credentials::new("AKID", "secret", Some("session".into()), None, "test");
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials));
        config.set_endpoint_url(endpoint.map(str::to_owned));
        Files::new(&config.build(), "imports")
    }

    #[tokio::test]
    async fn an_upload_address_is_signed_for_an_hour_and_for_one_file() {
        let tenant = TenantId::parse("a@b+c=d").unwrap();
        let now: Timestamp = "2026-11-22T13:18:22Z".parse().unwrap();
        let id = ImportId::new(now, "3f9ac1d2e4b5");
        for (endpoint, start) in [
            (
                None,
                "https://imports.s3.eu-west-1.amazonaws.com/a%40b%2Bc%3Dd/20261122T131822Z-3f9ac1d2e4b5.ndjson?",
            ),
            (
                Some("http://127.0.0.1:4566/"),
                "http://127.0.0.1:4566/imports/a%40b%2Bc%3Dd/20261122T131822Z-3f9ac1d2e4b5.ndjson?",
            ),
        ] {
            let address = files(endpoint).upload_address(&tenant, &id, now).await.unwrap();
            assert!(address.starts_with(start), "{address}");
            for part in [
                "X-Amz-Expires=3600",
                "X-Amz-Date=20261122T131822Z",
                "X-Amz-Credential=AKID%2F20261122%2Feu-west-1%2Fs3%2Faws4_request",
                "X-Amz-Security-Token=session",
                "X-Amz-SignedHeaders=host",
                "X-Amz-Signature=",
            ] {
                assert!(address.contains(part), "{part} in {address}");
            }
            assert!(!address.contains("secret"), "{address}");
        }
    }

    #[test]
    fn a_refusal_says_its_code_and_nothing_else() {
        for (body, expected) in [
            (
                "<Error><Code>AccessDenied</Code><Key>acme/x</Key></Error>",
                "status 403 AccessDenied",
            ),
            ("<Error><Code>a name of someone</Code></Error>", "status 403 "),
            ("", "status 403 "),
        ] {
            let reply = Reply {
                status: StatusCode::FORBIDDEN,
                headers: HeaderMap::new(),
                body: body.into(),
            };
            assert_eq!(told(&reply).to_string(), expected);
        }
    }
}
