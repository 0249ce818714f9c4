//! Sets of system calls by name. Every policy has some 350 of them, most of them from those that it includes: a set is bits, so
//! that to include one policy in another costs a few words.
use std::collections::HashMap;
use std::sync::Arc;

/// The names that stand in any policy, numbered as they come.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Arc<str>, usize>,
    names: Vec<Arc<str>>,
}

/// Some of the names: a bit for each number.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls(Vec<u64>);

impl Names {
    /// A set of these, each numbered now if it has not been before.
    pub(super) fn set(&mut self, calls: &[String]) -> Calls {
        let mut set = Calls::default();
        for call in calls {
            let number = self.numbers.get(&**call).copied().unwrap_or_else(|| {
                let name: Arc<str> = call.as_str().into();
                self.names.push(name.clone());
                self.numbers.insert(name, self.names.len() - 1);
                self.names.len() - 1
            });
            set.insert(number);
        }
        set
    }

    /// A set of those of these that have a number: the others are in no set.
    pub(super) fn known<'a>(&self, calls: impl Iterator<Item = &'a str>) -> Calls {
        let mut set = Calls::default();
        calls.filter_map(|call| self.numbers.get(call)).for_each(|number| set.insert(*number));
        set
    }

    /// Whether `call` is one of `set`.
    pub(super) fn has(&self, set: &Calls, call: &str) -> bool {
        self.numbers.get(call).is_some_and(|number| set.contains(*number))
    }

    /// The names in `set`.
    pub(super) fn of<'a>(&'a self, set: &'a Calls) -> impl Iterator<Item = &'a str> {
        self.names.iter().enumerate().filter(|(number, _)| set.contains(*number)).map(|(_, name)| &**name)
    }
}

impl Calls {
    fn insert(&mut self, number: usize) {
        let word = number / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1)
    }

    /// Adds what is in `other`.
    pub(super) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(bits, others)| *bits |= others);
    }

    /// What of it is not in `other`.
    pub(super) fn without(&self, other: &Self) -> Self {
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        Self(self.0.iter().zip(others).map(|(bits, others)| bits & !others).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_any_length_are_added_and_taken_away() {
        let mut names = Names::default();
        let all: Vec<String> = (0..130).map(|n| format!("call{n}")).collect();
        let (few, many) = (names.set(&all[..3]), names.set(&all));
        let mut both = few.clone();
        both.add(&many);
        assert_eq!(names.of(&both).count(), 130);
        assert_eq!(names.of(&many.without(&few)).next(), Some("call3"));
        assert_eq!(names.of(&few.without(&many)).count(), 0);
        assert!(names.has(&many, "call129") && !names.has(&few, "call129") && !names.has(&many, "call130"));
        assert_eq!(names.of(&names.known(["call7", "unheard_of"].into_iter())).collect::<Vec<_>>(), ["call7"]);
    }
}
