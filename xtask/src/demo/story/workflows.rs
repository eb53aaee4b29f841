//! Choosing how records are booked: a template of the catalogue, confirmed, configured, applied and run.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{Story, tenant, text};
use crate::demo::calls::Answer;

impl Story<'_> {
    /// Prints the templates of these kinds, the chosen ones marked.
    pub(super) fn catalogue(&mut self, kinds: &[&str], chosen: &[&str]) -> anyhow::Result<()> {
        let answer = self.calls.get("settings", &tenant("templates"))?;
        let templates = answer.body["templates"].as_array().context("there is no catalogue")?;
        let of_kinds = |template: &&Value| kinds.iter().any(|kind| template["workflow"] == *kind);
        for template in templates.iter().filter(of_kinds) {
            let is_chosen = chosen.iter().any(|name| template["template"] == *name);
            let mark = if is_chosen { "  ← chosen" } else { "" };
            self.teller
                .show(&text(&template["template"]), format!("{}{mark}", text(&template["title"])));
        }
        Ok(())
    }

    /// Uses a template with these accounts, by field and name, having confirmed the company; applies it and runs it.
    pub(super) fn set_up(
        &mut self,
        template: &str,
        accounts: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        let mut configuration = json!({});
        for (field, name) in accounts {
            configuration[*field] = json!({"id": self.in_list(field, name)?});
        }
        let body = json!({"company": self.realm, "configuration": configuration});
        let path = tenant(&format!("workflows/{template}"));
        let saved = self.calls.put("settings", &path, &body)?;
        ensure!(saved.status == 201, "{template} is refused: {}", saved.body);
        let company = text(&saved.body["company"]["name"]);
        self.teller.check("company confirmed", company, self.company.clone());
        for (field, name) in accounts {
            let chosen = text(&saved.body["workflow"]["configuration"][*field]["name"]);
            self.teller.check(&field.replace('_', " "), chosen, (*name).to_owned());
        }
        for step in ["apply", "run"] {
            let moved = self.take(template, step)?;
            ensure!(moved.status == 200, "{template} cannot {step}: {}", moved.body);
            let workflow = &moved.body["workflow"];
            if step == "run" {
                self.teller.check(
                    &format!("workflow {}", text(&workflow["workflow"]).replace('_', " ")),
                    text(&workflow["stage"]),
                    "active".to_owned(),
                );
            }
        }
        Ok(())
    }

    /// `apply` or `run`.
    pub(super) fn take(&self, template: &str, step: &str) -> anyhow::Result<Answer> {
        self.calls.post("settings", &tenant(&format!("workflows/{template}/{step}")), &json!({}))
    }

    /// The id behind a name in the drop-down of a field.
    fn in_list(&self, field: &str, name: &str) -> anyhow::Result<Value> {
        let list = self.calls.get("settings", &tenant(&format!("lists/accounts?use={field}")))?;
        let entries = list.body["entries"].as_array();
        let entry = entries.into_iter().flatten().find(|entry| entry["name"] == name);
        Ok(entry.with_context(|| format!("no {name} to choose as {field}"))?["id"].clone())
    }
}
