//! How Moodle names what it lets a teacher download: `Name_12345_assignsubmission_file_`, as a folder, or before each file's
//! own name where "download in folders" is off.

/// A name of Moodle's, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MoodleName<'a> {
    /// The student's.
    pub name: &'a str,
    /// `Name_12345`: what is the same for all of a student's entries.
    pub student: &'a str,
    /// The file's own name, where it is no folder.
    pub file: Option<&'a str>,
}

impl<'a> MoodleName<'a> {
    pub(super) fn parse(entry: &'a str) -> Option<Self> {
        let (student, rest) = entry.split_once("_assignsubmission_")?;
        let (name, number) = student.rsplit_once('_')?;
        if name.is_empty() || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // `file_`, `onlinetext_`; then the file's name, if any.
        let (_, file) = rest.split_once('_').unwrap_or((rest, ""));
        Some(Self { name, student, file: (!file.is_empty()).then_some(file) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let parsed = |entry| MoodleName::parse(entry).map(|m| (m.name, m.student, m.file));
        assert_eq!(parsed("Ada Lovelace_12345_assignsubmission_file_"), Some(("Ada Lovelace", "Ada Lovelace_12345", None)));
        assert_eq!(parsed("A_b C_7_assignsubmission_file_my_sol.py"), Some(("A_b C", "A_b C_7", Some("my_sol.py"))));
        assert_eq!(parsed("Z_1_assignsubmission_onlinetext"), Some(("Z", "Z_1", None)));
        for other in ["Ada", "_1_assignsubmission_file_", "Ada_x_assignsubmission_file_", "Ada_assignsubmission_file_", "a.py"] {
            assert_eq!(MoodleName::parse(other), None, "{other}");
        }
    }
}
