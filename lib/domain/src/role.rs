//! What the holder of an API key may do.

use serde::{Deserialize, Serialize};

/// Each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Look at everything of every tenant.
    Read,
    /// Also send records, take them back and have them posted again.
    Sync,
    /// Also connect companies, choose settings, mend links and clear the history.
    Admin,
}

impl Role {
    /// The word used in the application secret and in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Sync => "sync",
            Self::Admin => "admin",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_the_ones_before_it_may() {
        assert!(Role::Read < Role::Sync && Role::Sync < Role::Admin);
    }
}
