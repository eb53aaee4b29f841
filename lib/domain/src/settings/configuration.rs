//! A workflow's configuration: which value was chosen for each of its template's fields.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{HostId, ObjectId};
use crate::template::{Field, Kind, Template};

/// The chosen values. What was not chosen has its default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Configuration(BTreeMap<Field, Value>);

/// A chosen value, of the kind that its field asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// An entry of a QuickBooks list.
    Entry(Choice),
    /// An entry of a QuickBooks list for each of the host's products and services.
    Entries(BTreeMap<HostId, Choice>),
    /// One of the field's words.
    Word(String),
    /// A day.
    Day(Date),
    /// A text.
    Text(String),
}

/// An entry of a QuickBooks list that a person chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its QuickBooks id.
    pub id: ObjectId,
    /// Its name when it was chosen.
    pub name: String,
}

/// Which day a document is dated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionDate {
    /// The day QuickBooks receives it, in the company's own time zone ("QuickBooks default").
    SyncDay,
    /// The record's close date; a payment on its own is dated when it was paid.
    CloseDate,
}

/// Which records from before the first run are posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitialSync {
    /// None.
    None,
    /// Those dated on this day or later.
    From(Date),
    /// All.
    All,
}

/// What is done about a date in a closed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedPeriod {
    /// The record waits until the period is open again.
    Hold,
    /// The record is refused.
    Reject,
    /// The document is dated on the first open day, and says so.
    Redate,
}

/// What becomes of what a bookkeeper changed in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays; when the record changes the same, a person decides.
    Never,
    /// The newer of the two counts.
    MostRecent,
    /// The record counts.
    Always,
}

impl Configuration {
    /// Sets a field, or takes the choice back.
    pub fn set(&mut self, field: Field, value: Option<Value>) {
        match value {
            Some(value) => self.0.insert(field, value),
            None => self.0.remove(&field),
        };
    }

    /// What was chosen for a field.
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.0.get(&field)
    }

    /// Everything that was chosen.
    pub fn chosen(&self) -> impl Iterator<Item = (Field, &Value)> {
        self.0.iter().map(|(field, value)| (*field, value))
    }

    /// The same, to be changed.
    pub fn chosen_mut(&mut self) -> impl Iterator<Item = (Field, &mut Value)> {
        self.0.iter_mut().map(|(field, value)| (*field, value))
    }

    /// The required fields of `template` that nothing was chosen for.
    pub fn missing(&self, template: Template) -> Vec<Field> {
        let fields = template.fields();
        let is_needed = |field: &Field| {
            template.requires(*field)
                || (*field == Field::NumberPrefix && self.word(Field::Numbering) == "prefix")
                || (*field == Field::InitialSyncFrom
                    && self.word(Field::InitialSync) == "from_date")
        };
        fields.into_iter().filter(|field| is_needed(field) && self.get(*field).is_none()).collect()
    }

    /// The chosen entry of a list.
    pub fn entry(&self, field: Field) -> Option<&ObjectId> {
        match self.get(field)? {
            Value::Entry(choice) => Some(&choice.id),
            _ => None,
        }
    }

    /// The account of the income of one of the host's products and services.
    pub fn income_account_of(&self, item: &HostId) -> Option<&ObjectId> {
        let own = match self.get(Field::AccountsByItem) {
            Some(Value::Entries(accounts)) => accounts.get(item).map(|choice| &choice.id),
            _ => None,
        };
        own.or_else(|| self.entry(Field::IncomeAccount))
    }

    /// Which day a document is dated.
    pub fn transaction_date(&self) -> TransactionDate {
        match self.word(Field::TransactionDate) {
            "close_date" => TransactionDate::CloseDate,
            _ => TransactionDate::SyncDay,
        }
    }

    /// The number of a document whose record has `number`.
    pub fn number(&self, number: Option<&str>) -> Option<String> {
        match (self.word(Field::Numbering), self.get(Field::NumberPrefix)) {
            ("quickbooks", _) => None,
            ("prefix", Some(Value::Text(prefix))) => {
                number.map(|number| format!("{prefix}{number}"))
            }
            _ => number.map(str::to_owned),
        }
    }

    /// Which records from before the first run are posted.
    pub fn initial_sync(&self) -> InitialSync {
        match (self.word(Field::InitialSync), self.day(Field::InitialSyncFrom)) {
            ("all", _) => InitialSync::All,
            ("from_date", Some(day)) => InitialSync::From(day),
            _ => InitialSync::None,
        }
    }

    /// What is done about a date in a closed period.
    pub fn closed_period(&self) -> ClosedPeriod {
        match self.word(Field::ClosedPeriod) {
            "reject" => ClosedPeriod::Reject,
            "redate" => ClosedPeriod::Redate,
            _ => ClosedPeriod::Hold,
        }
    }

    /// What becomes of what a bookkeeper changed in a document.
    pub fn overwrite(&self) -> Overwrite {
        match self.word(Field::Overwrite) {
            "most_recent" => Overwrite::MostRecent,
            "always" => Overwrite::Always,
            _ => Overwrite::Never,
        }
    }

    /// The chosen day.
    pub fn day(&self, field: Field) -> Option<Date> {
        match self.get(field)? {
            Value::Day(day) => Some(*day),
            _ => None,
        }
    }

    /// The chosen word, or the default one.
    pub fn word(&self, field: Field) -> &str {
        match (self.get(field), field.kind()) {
            (Some(Value::Word(word)), _) => word,
            (_, Kind::Word(words)) => words[0].0,
            _ => "",
        }
    }
}
