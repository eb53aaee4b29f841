//! The life of a workflow: draft, applied, active, paused.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Configuration;
use crate::posting::Workflow;
use crate::reason::Reason;
use crate::template::{Field, Template};

/// What a tenant made of the templates, for one company.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Workflows(pub BTreeMap<Template, Setup>);

/// What a tenant made of one template.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Setup {
    /// How far it has come.
    pub stage: Stage,
    /// What was chosen.
    pub configuration: Configuration,
    /// When it first ran; what arrived before is history.
    pub first_run_at: Option<Timestamp>,
    /// What QuickBooks said about a choice since it was saved.
    #[serde(default)]
    pub problem: Option<Reason>,
}

/// How far a workflow has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Being configured.
    #[default]
    Draft,
    /// Configured completely, and not running yet.
    Applied,
    /// Records are posted.
    Active,
    /// It ran; records wait.
    Paused,
}

impl Stage {
    /// The word used in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Applied => "applied",
            Self::Active => "active",
            Self::Paused => "paused",
        }
    }
}

/// Why a workflow cannot take a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The template is not used.
    NotUsed,
    /// Required choices are missing.
    Incomplete(Vec<Field>),
    /// It must be applied before it runs.
    ApplyFirst,
    /// Another workflow of the kind is active; both would post the same record.
    AnotherActive(Template),
    /// It never ran, so it cannot be paused.
    NotActive,
    /// It must be paused before it is removed.
    PauseFirst,
}

impl Workflows {
    /// The active workflow of a kind.
    pub fn active(&self, workflow: Workflow) -> Option<(Template, &Setup)> {
        let is_active = |(template, setup): &(&Template, &Setup)| {
            template.workflow() == workflow && setup.stage == Stage::Active
        };
        self.0.iter().find(is_active).map(|(template, setup)| (*template, setup))
    }

    /// Stores a configuration. Only a draft may be incomplete.
    pub fn configure(
        &mut self,
        template: Template,
        configuration: Configuration,
    ) -> Result<(), Refusal> {
        let setup = self.0.entry(template).or_default();
        let missing = configuration.missing(template);
        if setup.stage != Stage::Draft && !missing.is_empty() {
            return Err(Refusal::Incomplete(missing));
        }
        setup.configuration = configuration;
        setup.problem = None;
        Ok(())
    }

    /// A complete draft becomes ready to run. What is further already stays there.
    pub fn apply(&mut self, template: Template) -> Result<(), Refusal> {
        let setup = self.0.get_mut(&template).ok_or(Refusal::NotUsed)?;
        let missing = setup.configuration.missing(template);
        if !missing.is_empty() {
            return Err(Refusal::Incomplete(missing));
        }
        if setup.stage == Stage::Draft {
            setup.stage = Stage::Applied;
        }
        Ok(())
    }

    /// From now on records are posted. Running what runs already changes nothing.
    pub fn run(&mut self, template: Template, now: Timestamp) -> Result<(), Refusal> {
        let stage = self.0.get(&template).ok_or(Refusal::NotUsed)?.stage;
        if stage == Stage::Draft {
            return Err(Refusal::ApplyFirst);
        }
        match self.active(template.workflow()) {
            Some((other, _)) if other != template => return Err(Refusal::AnotherActive(other)),
            _ => {}
        }
        let setup = self.0.get_mut(&template).ok_or(Refusal::NotUsed)?;
        setup.stage = Stage::Active;
        setup.first_run_at.get_or_insert(now);
        Ok(())
    }

    /// From now on records wait.
    pub fn pause(&mut self, template: Template) -> Result<(), Refusal> {
        let setup = self.0.get_mut(&template).ok_or(Refusal::NotUsed)?;
        match setup.stage {
            Stage::Active | Stage::Paused => setup.stage = Stage::Paused,
            Stage::Draft | Stage::Applied => return Err(Refusal::NotActive),
        }
        Ok(())
    }

    /// Forgets what was made of a template. What it posted stays.
    pub fn remove(&mut self, template: Template) -> Result<(), Refusal> {
        match self.0.get(&template) {
            None => Err(Refusal::NotUsed),
            Some(setup) if setup.stage == Stage::Active => Err(Refusal::PauseFirst),
            Some(_) => {
                self.0.remove(&template);
                Ok(())
            }
        }
    }
}
