use super::*;
use crate::profile::Profiles;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

fn profiles() -> Profiles {
    Profiles::built_in()
}

fn put(root: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

/// What each student's submission comes to: language and files, or the problem.
fn handed(class: &Class, rules: &Rules) -> Vec<(String, String)> {
    let profiles = profiles();
    let is_source = |name: &str| rules.language.is_none() && rules.detect(&profiles, name).is_some();
    let one = |found: &Found| {
        let handed = read(found, &is_source).and_then(|files| program(files, &profiles, rules));
        let text = match handed {
            Ok(h) => format!("{} {}", h.language.id(), h.files.keys().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
            Err(problem) => problem.to_string(),
        };
        (found.name.clone(), text)
    };
    class.found.iter().map(one).collect()
}

#[test]
fn a_class_is_found_in_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    put(root, "task10.py", "print(1)");
    put(root, "task2.cpp", "int main(){}");
    put(root, "dora/hw/main.py", "import util");
    put(root, "dora/hw/util.py", "");
    put(root, "dora/.git/config", "x");
    put(root, "emil.zip", zip(&[("a/b/Main.java", "class Main { public static void main(String[] a) {} }"), ("__MACOSX/._x", "")]));
    put(root, "flo.tar.gz", tar_gz(&[("solution.py", "print(2)")]));
    put(root, "Ada Lovelace_12_assignsubmission_file_/hw.zip", zip(&[("main.c", "int main(){}"), ("lib.h", "")]));
    put(root, "Ada Lovelace_13_assignsubmission_file_sol.py", "print(3)");
    put(root, "Ada Lovelace_13_assignsubmission_file_util.py", "");
    put(root, "Bob_7_assignsubmission_file_/x.PY", "print(4)");
    put(root, "Bob_7_assignsubmission_onlinetext_/onlinetext.html", "<p>see file</p>");
    put(root, ".DS_Store", "");
    let class = find(&[root.to_owned()], false).unwrap();
    let seen = handed(&class, &Rules::default());
    let seen: Vec<(&str, &str)> = seen.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("Ada Lovelace_12", "c17 lib.h main.c"),
            ("Ada Lovelace_13", "several files could be started (sol.py, util.py); name one (or give --entry-point)"),
            ("Bob", "python3 onlinetext.html x.py"),
            ("dora", "python3 main.py util.py"),
            ("emil", "java Main.java"),
            ("flo", "python3 solution.py"),
            ("task2", "cpp17 task2.cpp"),
            ("task10", "python3 task10.py"),
        ]
    );
}

#[test]
fn what_is_ambiguous_is_told_and_not_guessed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    put(root, "both/a.py", "");
    put(root, "both/b.cpp", "");
    put(root, "none/readme.txt", "");
    put(root, "several/a.py", "");
    put(root, "several/b.py", "");
    put(root, "packed/a.py", "");
    put(root, "packed/a.zip", zip(&[("a.py", "")]));
    put(root, "two/a.zip", zip(&[("a.py", "")]));
    put(root, "two/b.zip", zip(&[("a.py", "")]));
    put(root, "nested.zip", zip(&[("a.zip", "")]));
    put(root, "rar/x.rar", "");
    put(root, "java/A.java", "class A { public static void main(String[] a) {} }");
    put(root, "java/B.java", "class B { public static void main(String[] a) {} }");
    fs::create_dir(root.join("empty")).unwrap();
    let class = find(&[root.to_owned()], false).unwrap();
    for (name, text) in handed(&class, &Rules::default()) {
        let part = match name.as_str() {
            "both" => "several languages: cpp17 (b.cpp), python3 (a.py)",
            "none" => "no file has a known language's ending (readme.txt)",
            "several" => "several files could be started (a.py, b.py)",
            "packed" => "several ways: a.zip, a.py",
            "two" => "several ways: a.zip, b.zip",
            "nested" => "is an archive inside an archive; pack the files themselves",
            "rar" => "pack it as zip or tar.gz",
            "java" => "several classes have a main (A, B)",
            "empty" => "no file in it",
            other => panic!("{other}"),
        };
        assert!(text.contains(part), "{name}: {text}");
    }
    let profiles = profiles();
    let language = |id| profiles.language(id).cloned();
    let entry = |e: &str| Rules { entry_point: Some(e.into()), ..Rules::default() };
    let seen = |rules: &Rules, name: &str| handed(&class, rules).into_iter().find(|(n, _)| n == name).unwrap().1;
    assert_eq!(seen(&entry("b.py"), "several"), "python3 a.py b.py");
    assert_eq!(seen(&entry("B"), "java"), "java A.java B.java");
    assert!(seen(&entry("c.py"), "several").contains("several files"));
    assert_eq!(seen(&Rules { language: language("python3"), ..entry("a.py") }, "both"), "python3 a.py b.cpp");
    let endings = [("txt".to_owned(), language("ruby").unwrap())].into();
    assert_eq!(seen(&Rules { endings, ..Rules::default() }, "none"), "ruby readme.txt");
}

#[test]
fn nothing_leads_out_of_a_submission() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    put(root, "secret/answer.py", "42");
    put(root, "class/a/ok.py", "");
    std::os::unix::fs::symlink("../../secret/answer.py", root.join("class/a/link.py")).unwrap();
    std::os::unix::fs::symlink("../secret", root.join("class/b")).unwrap();
    std::os::unix::fs::symlink("../secret/answer.py", root.join("class/c.py")).unwrap();
    nix::unistd::mkfifo(&root.join("class/d.py"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    put(root, "class/e/big.py", vec![b'#'; (4 << 20) + 1]);
    for i in 0..2001 {
        put(root, &format!("class/f/{i}.py"), "");
    }
    fs::create_dir(root.join("class/g")).unwrap();
    fs::write(root.join("class/g").join(std::ffi::OsStr::from_bytes(b"\xff.py")), "").unwrap();
    put(root, "class/h/new\nline.py", "");
    fs::write(root.join("class").join(std::ffi::OsStr::from_bytes(b"i\xff.py")), "print(1)").unwrap();
    let class = find(&[root.join("class")], false).unwrap();
    for (name, text) in handed(&class, &Rules::default()) {
        let part = match name.as_str() {
            "a" => "`link.py` is a link",
            "b" => "`b` is a link",
            "c" => "`c.py` is a link",
            "d" => "`d.py` is no plain file",
            "e" => "more than 4194304 bytes",
            "f" => "more than 2000 files",
            "g" => "is not UTF-8",
            "h" => "control character",
            "i\\xff" => "python3 i\\xff.py",
            other => panic!("{other}"),
        };
        assert!(text.contains(part), "{name}: {text}");
    }
}

#[test]
fn arguments_are_each_a_students_unless_it_is_one_folder() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    put(root, "a/main.py", "");
    put(root, "b.py", "");
    put(root, "x/b.py", "");
    let names = |paths: &[&str], each: bool| -> Vec<String> {
        let paths: Vec<PathBuf> = paths.iter().map(|p| root.join(p)).collect();
        find(&paths, each).unwrap().found.into_iter().map(|f| f.name).collect()
    };
    assert_eq!(names(&["a", "b.py"], false), ["a", "b"]);
    assert_eq!(names(&["a"], false), ["main"]);
    assert_eq!(names(&["a"], true), ["a"]);
    let same = names(&["b.py", "x/b.py"], false);
    assert!(same[0].ends_with("/b.py") && same[1].ends_with("/x/b.py"), "{same:?}");
    assert!(matches!(find(&[root.join("b.py"), root.join("b.py")], false), Err(FindError::Twice(_))));
    assert!(matches!(find(&[root.join("gone")], false), Err(FindError::Read { .. })));
    fs::create_dir(root.join("nobody")).unwrap();
    assert!(matches!(find(&[root.join("nobody")], false), Err(FindError::Nobody(_))));
}

#[test]
fn a_class_in_an_archive_of_moodles_is_a_class() {
    let dir = tempfile::tempdir().unwrap();
    let moodle = zip(&[("Ada_1_assignsubmission_file_/a.py", "print(1)"), ("Bob_2_assignsubmission_file_/b.py", "print(2)")]);
    put(dir.path(), "class.zip", moodle);
    put(dir.path(), "own.zip", zip(&[("a.py", ""), ("main.py", "")]));
    let names = |name: &str| -> Vec<String> {
        let class = find(&[dir.path().join(name)], false).unwrap();
        handed(&class, &Rules::default()).into_iter().map(|(n, t)| format!("{n}: {t}")).collect()
    };
    assert_eq!(names("class.zip"), ["Ada: python3 a.py", "Bob: python3 b.py"]);
    assert_eq!(names("own.zip"), ["own: python3 a.py main.py"]);
}

#[test]
fn the_hash_is_of_all_that_matters() {
    let profiles = profiles();
    let hash = |files: &[(&str, &str)], entry: Option<&str>| {
        let files = files.iter().map(|(n, t)| (crate::model::BoxName::new(n).unwrap(), t.as_bytes().into())).collect();
        program(files, &profiles, &Rules { entry_point: entry.map(Into::into), ..Rules::default() }).unwrap().hash
    };
    let first = hash(&[("main.py", "1"), ("b.py", "2")], None);
    assert_eq!(first, hash(&[("b.py", "2"), ("main.py", "1")], None));
    for other in [
        hash(&[("main.py", "1"), ("b.py", "3")], None),
        hash(&[("main.py", "1"), ("c.py", "2")], None),
        hash(&[("main.py", "1"), ("b.py", "2")], Some("b.py")),
        hash(&[("main.py", "1")], None),
    ] {
        assert_ne!(first, other);
    }
}
