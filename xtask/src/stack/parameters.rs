//! What a local deployment has different from one in the cloud.

use anyhow::bail;

use super::Binaries;

// Waits of the product, shortened: what heals in minutes in the cloud heals in seconds here.
const FUNCTION_TIMEOUT_SECONDS: u32 = 10;
const VISIBILITY_TIMEOUT_SECONDS: u32 = 12;
/// As in the cloud where speed is measured: a QuickBooks that takes its time is not seen to its end in ten seconds.
const MEASURED_FUNCTION_TIMEOUT_SECONDS: u32 = 30;
const MEASURED_VISIBILITY_TIMEOUT_SECONDS: u32 = 36;
/// Long enough that an import gets on between two invocations, and short enough that one which died goes on soon.
const IMPORT_TIMEOUT_SECONDS: u32 = 60;
/// As in the cloud: at the end of each invocation an import is slower.
const MEASURED_IMPORT_TIMEOUT_SECONDS: u32 = 600;
pub(super) const RETRY_BASE_SECONDS: u32 = 1;
pub(super) const RETRY_CAP_SECONDS: u32 = 4;
pub(super) const THROTTLE_PAUSE_SECONDS: u32 = 2;
/// One machine has one clock.
const CLOCK_SKEW_SECONDS: u32 = 1;
/// As in the cloud: no pull that nobody asked for comes in between.
const PULL_INTERVAL_MINUTES: u32 = 1440;

/// How long an invocation of most functions may take, and how long its messages are hidden.
#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    pub(super) function_seconds: u32,
    pub(super) visibility_seconds: u32,
    /// Both, for imports.
    pub(super) import_seconds: u32,
}

impl Timeouts {
    pub(super) fn of(binaries: &Binaries) -> Self {
        match binaries {
            Binaries::Debug => Self {
                function_seconds: FUNCTION_TIMEOUT_SECONDS,
                visibility_seconds: VISIBILITY_TIMEOUT_SECONDS,
                import_seconds: IMPORT_TIMEOUT_SECONDS,
            },
            Binaries::Release(_) => Self {
                function_seconds: MEASURED_FUNCTION_TIMEOUT_SECONDS,
                visibility_seconds: MEASURED_VISIBILITY_TIMEOUT_SECONDS,
                import_seconds: MEASURED_IMPORT_TIMEOUT_SECONDS,
            },
        }
    }
}

/// What this deployment has different from one in the cloud.
pub(super) fn of(
    name: &str,
    quickbooks: &str,
    timeouts: Timeouts,
) -> anyhow::Result<Vec<(&'static str, String)>> {
    Ok(vec![
        ("Environment", name.to_owned()),
        ("Architecture", architecture()?.to_owned()),
        ("QuickBooksUrl", quickbooks.to_owned()),
        ("FunctionTimeoutSeconds", timeouts.function_seconds.to_string()),
        ("ImportTimeoutSeconds", timeouts.import_seconds.to_string()),
        ("VisibilityTimeoutSeconds", timeouts.visibility_seconds.to_string()),
        ("RetryBaseSeconds", RETRY_BASE_SECONDS.to_string()),
        ("RetryCapSeconds", RETRY_CAP_SECONDS.to_string()),
        ("ThrottlePauseSeconds", THROTTLE_PAUSE_SECONDS.to_string()),
        ("ClockSkewSeconds", CLOCK_SKEW_SECONDS.to_string()),
        ("PullIntervalMinutes", PULL_INTERVAL_MINUTES.to_string()),
        ("EventLoopbackEndpoints", "allowed".to_owned()),
        // The emulator knows no saved queries.
        ("SavedQueries", "left-out".to_owned()),
    ])
}

fn architecture() -> anyhow::Result<&'static str> {
    match std::env::consts::ARCH {
        "x86_64" => Ok("x86_64"),
        "aarch64" => Ok("arm64"),
        other => bail!("Lambda functions run on x86_64 or arm64, not on {other}"),
    }
}
