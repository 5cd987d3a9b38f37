//! Interned pod templates: a question about a template is asked once for each of them.

use super::TemplateId;
use crate::model::{PodTemplate, Resources};
use crate::sim::Lookup;
use std::sync::Arc;

/// All pod templates of a run.
#[derive(Debug, Default)]
pub struct Templates {
    rows: Vec<Row>,
    ids: Lookup<Arc<PodTemplate>, TemplateId>,
}

#[derive(Debug)]
struct Row {
    template: Arc<PodTemplate>,
    requests: Resources,
    scored_requests: Resources,
}

impl Templates {
    /// The id of a template equal to this one.
    pub(crate) fn intern(&mut self, template: &Arc<PodTemplate>) -> TemplateId {
        if let Some(&id) = self.ids.get(template) {
            return id;
        }
        let id = TemplateId::at(self.rows.len());
        self.rows.push(Row {
            requests: template.spec.requests(),
            scored_requests: template.spec.scored_requests(),
            template: template.clone(),
        });
        self.ids.insert(template.clone(), id);
        id
    }

    /// The template.
    pub fn get(&self, id: TemplateId) -> &Arc<PodTemplate> {
        &self.rows[id.index()].template
    }

    /// What a pod of it requests (SCH-50).
    pub fn requests(&self, id: TemplateId) -> &Resources {
        &self.rows[id.index()].requests
    }

    /// What scoring takes a pod of it to request (SCH-C10).
    pub fn scored_requests(&self, id: TemplateId) -> &Resources {
        &self.rows[id.index()].scored_requests
    }

    /// How many there are: ids are below this.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
