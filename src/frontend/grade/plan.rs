//! Who is to be judged, who was, and who can't be.
use super::task::Task;
use crate::profile::Profiles;
use crate::report::{Outcome, Record};
use crate::submission::{Class, Found, Handed, Problem, program, read};
use std::collections::HashMap;

/// Everyone, in the report's order.
pub(super) struct Plan {
    pub students: Vec<(Found, Planned)>,
}

/// What is to be done for one.
pub(super) enum Planned {
    /// Nothing: judged before and not changed since, judged now, or a problem.
    Done(Box<Record>),
    /// To be judged.
    Missing,
}

impl Plan {
    /// Reads and hashes everyone's files. Blocks.
    pub fn new(class: &Class, task: &Task, profiles: &Profiles, mut kept: HashMap<String, Record>) -> Self {
        let one = |found: &Found| {
            let planned = match handed(found, task, profiles) {
                Err(problem) => Planned::Done(Box::new(record(found, None, Outcome::Problem(problem.to_string())))),
                Ok(handed) => match kept.remove(&found.key) {
                    // Who is called what may have changed.
                    Some(record) if record.is_settled() && record.hash == task.hash(&handed) => {
                        Planned::Done(Box::new(Record { name: found.name.clone(), ..record }))
                    }
                    _ => Planned::Missing,
                },
            };
            (found.clone(), planned)
        };
        Self { students: class.found.iter().map(one).collect() }
    }

    /// How many are to be judged.
    pub fn missing(&self) -> usize {
        self.students.iter().filter(|(_, p)| matches!(p, Planned::Missing)).count()
    }

    /// What came of everyone, once nobody is missing.
    pub fn records(self) -> Vec<Record> {
        let done = |(_, planned)| match planned {
            Planned::Done(record) => Some(*record),
            Planned::Missing => None,
        };
        self.students.into_iter().filter_map(done).collect()
    }
}

/// A submission as a program. Blocks.
pub(super) fn handed(found: &Found, task: &Task, profiles: &Profiles) -> Result<Handed, Problem> {
    let is_source = |name: &str| task.rules.language.is_none() && task.rules.detect(profiles, name).is_some();
    let handed = program(read(found, &is_source)?, profiles, &task.rules)?;
    task.check(&handed)?;
    Ok(handed)
}

/// A record, of what was judged if anything was.
pub(super) fn record(found: &Found, of: Option<(&Task, &Handed)>, outcome: Outcome) -> Record {
    Record {
        key: found.key.clone(),
        name: found.name.clone(),
        hash: of.map(|(task, handed)| task.hash(handed)).unwrap_or_default(),
        language: of.map(|(_, handed)| handed.language.id().to_owned()),
        files: of.map(|(_, handed)| handed.files.keys().map(ToString::to_string).collect()).unwrap_or_default(),
        outcome,
    }
}
