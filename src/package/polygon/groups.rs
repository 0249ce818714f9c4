//! Groups with their points: `complete-group` gives them for all its tests or not at all, `each-test` for each.
use super::{Reader, child, children};
use crate::model::{Aggregate, Group};
use crate::package::package::PackageTest;
use roxmltree::Node;
use std::collections::BTreeMap;

impl<'a> Reader<'a> {
    /// The groups, those that others depend on first; and the tests' points made to fit them.
    pub(super) fn groups(&self, testset: Node<'a, 'a>, tests: &mut [PackageTest]) -> Vec<Group> {
        let nodes: Vec<Node<'a, 'a>> = child(testset, "groups").map(|all| children(all, "group").collect()).unwrap_or_default();
        let mut found: BTreeMap<&str, (Node<'a, 'a>, Group)> = BTreeMap::new();
        let mut names: Vec<&str> = Vec::new();
        for node in nodes {
            let Some(name) = node.attribute("name").filter(|n| !n.is_empty() && !n.contains('/') && !matches!(*n, "." | "..")) else {
                self.error(node, "a group needs a `name`, without a slash");
                continue;
            };
            if found.contains_key(name) {
                self.error(node, format!("the group {name:?} is there twice"));
                continue;
            }
            names.push(name);
            found.insert(name, (node, self.group(name, node, tests)));
        }
        for test in tests.iter_mut() {
            match test.group.as_deref() {
                Some(name) if !found.contains_key(name) => {
                    if !names.is_empty() {
                        self.error(testset, format!("test {} is in the group {name:?}, which is not among <groups>", test.id));
                    }
                    test.group = None;
                }
                _ => {}
            }
        }
        self.in_order(&names, &found)
    }

    fn group(&self, name: &str, node: Node<'_, '_>, tests: &mut [PackageTest]) -> Group {
        let own = || tests.iter().filter(|t| t.group.as_deref() == Some(name));
        let sum: f64 = own().filter_map(|t| t.points).sum();
        let any = own().any(|t| t.points.is_some());
        let given = node.attribute("points").and_then(|text| text.parse::<f64>().ok()).filter(|p| (0.0..=1e9).contains(p));
        let mut group = Group { id: name.to_owned(), points: None, aggregate: Some(Aggregate::Sum), requires: Vec::new(), stop_on: None };
        match node.attribute("points-policy").unwrap_or("each-test") {
            "each-test" => {
                // Points of the group alone are shared among its tests.
                if let (false, Some(points)) = (any, given) {
                    (group.points, group.aggregate) = (Some(points), Some(Aggregate::Avg));
                }
            }
            "complete-group" => {
                (group.points, group.aggregate) = (given.or(any.then_some(sum)), Some(Aggregate::All));
                for test in tests.iter_mut().filter(|t| t.group.as_deref() == Some(name)) {
                    test.points = None;
                }
            }
            other => self.error(node, format!("points-policy must be `each-test` or `complete-group`, not {other:?}")),
        }
        let dependencies = child(node, "dependencies").into_iter().flat_map(|all| children(all, "dependency"));
        group.requires = dependencies.filter_map(|d| d.attribute("group")).map(str::to_owned).collect();
        group
    }

    /// A group can only require one that stands before it.
    fn in_order(&self, names: &[&str], found: &BTreeMap<&str, (Node<'a, 'a>, Group)>) -> Vec<Group> {
        let mut done: Vec<Group> = Vec::new();
        let mut waiting: Vec<&str> = names.to_vec();
        while !waiting.is_empty() {
            let ready = |name: &&str| {
                let known = |required: &String| done.iter().any(|g| g.id == *required);
                found.get(*name).is_none_or(|(_, group)| group.requires.iter().all(known))
            };
            let Some(at) = waiting.iter().position(ready) else {
                for (node, group) in waiting.iter().filter_map(|name| found.get(name)) {
                    let unknown = group.requires.iter().find(|r| !found.contains_key(r.as_str()));
                    match unknown {
                        Some(name) => self.error(*node, format!("the group {:?} depends on {name:?}, which is not there", group.id)),
                        None => self.error(*node, format!("the group {:?} depends on itself by way of others", group.id)),
                    }
                }
                break;
            };
            if let Some((_, group)) = found.get(waiting.remove(at)) {
                done.push(group.clone());
            }
        }
        done
    }
}
