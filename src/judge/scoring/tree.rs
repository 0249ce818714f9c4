//! Groups and their nesting.
use crate::model::{Request, Verdict};
use std::collections::HashMap;

/// The groups of a request by their place in it, and where each test belongs.
#[derive(Debug)]
pub(super) struct Tree {
    /// The nearest group around each group. Groups on the path that are not declared don't count.
    pub(super) parent: Vec<Option<usize>>,
    /// The innermost group of each test.
    pub(super) group_of: Vec<Option<usize>>,
    /// All groups, outer ones before those in them.
    pub(super) outer_first: Vec<usize>,
    /// The groups each group requires itself.
    pub(super) requires: Vec<Vec<usize>>,
}

impl Tree {
    pub(super) fn new(request: &Request) -> Self {
        let by_id: HashMap<&str, usize> = request.groups.iter().enumerate().map(|(i, g)| (g.id.as_str(), i)).collect();
        let parent = |id: &str| {
            let mut path = id;
            while let Some((outer, _)) = path.rsplit_once('/') {
                if let Some(at) = by_id.get(outer) {
                    return Some(*at);
                }
                path = outer;
            }
            None
        };
        let mut outer_first: Vec<usize> = (0..request.groups.len()).collect();
        outer_first.sort_by_key(|g| request.groups[*g].id.matches('/').count());
        Self {
            parent: request.groups.iter().map(|g| parent(&g.id)).collect(),
            group_of: request.tests.iter().map(|t| t.group.as_deref().and_then(|id| by_id.get(id).copied())).collect(),
            outer_first,
            requires: request.groups.iter().map(|g| g.requires.iter().filter_map(|id| by_id.get(id.as_str()).copied()).collect()).collect(),
        }
    }

    /// The groups a test is in, innermost first.
    pub(super) fn around(&self, test: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.group_of.get(test).copied().flatten(), |g| self.parent[*g])
    }
}

/// The verdict over tests, in test order: IE if any; else the first that is not AC, OK, PC or SK; else PC if any; else SK
/// if any (nothing failed, but not all was run); else AC if any; else OK.
pub fn verdict_of(verdicts: impl IntoIterator<Item = Verdict>) -> Verdict {
    let mut first = None;
    let (mut partly, mut skipped, mut accepted) = (false, false, false);
    for verdict in verdicts {
        match verdict {
            Verdict::Ie => return Verdict::Ie,
            Verdict::Ac => accepted = true,
            Verdict::Ok => {}
            Verdict::Pc => partly = true,
            Verdict::Sk => skipped = true,
            other => first = first.or(Some(other)),
        }
    }
    match first {
        Some(verdict) => verdict,
        None if partly => Verdict::Pc,
        None if skipped => Verdict::Sk,
        None if accepted => Verdict::Ac,
        None => Verdict::Ok,
    }
}
