//! The built-in profiles and policies, and the rules that hold for a user's.
use super::*;
use crate::model::{BoxName, LimitsRequest};
use crate::sandbox::LimitMode;
use std::collections::BTreeSet;
use std::path::PathBuf;

const IDS: [&str; 18] = [
    "bash",
    "build-run",
    "c11",
    "c17",
    "cpp17",
    "cpp20",
    "csharp",
    "go",
    "java",
    "javascript",
    "lua",
    "ocaml",
    "pascal",
    "perl",
    "php",
    "python3",
    "ruby",
    "rust",
];

fn built_in() -> Profiles {
    Profiles::load(&[], LimitMode::Rlimit).unwrap()
}

/// A user's directory with these files.
fn user(files: &[(&str, &str)]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let dirs = vec![dir.path().to_owned()];
    (dir, dirs)
}

fn load_error(files: &[(&str, &str)]) -> String {
    let (_dir, dirs) = user(files);
    Profiles::load(&dirs, LimitMode::Rlimit).unwrap_err().to_string()
}

const SCRIPT: &str = "id = \"x\"\nname = \"X\"\nsource = \"x.x\"\nextensions = [\"x\"]\n[toolchain]\ncommands = [\"nonexistent-x\"]\nversion = []\npackage = \"x-lang\"\n[run]\nargv = [\"{tool}\", \"{entry}\"]\npolicy = \"native\"\n";

#[test]
fn every_built_in_profile_loads() {
    let profiles = built_in();
    assert_eq!(profiles.languages().map(|l| l.id()).collect::<Vec<_>>(), IDS);
    let detected: Vec<_> =
        ["a.c", "a.cpp", "b.py", "c.rs", "x.tar.java", "none"].iter().map(|n| profiles.detect(n).map(|l| l.id())).collect();
    assert_eq!(detected, [Some("c17"), Some("cpp17"), Some("python3"), Some("rust"), Some("java"), None]);
}

#[test]
fn an_extension_is_detected_as_one_language_only() {
    let profiles = built_in();
    let mut seen = BTreeSet::new();
    for language in profiles.languages() {
        for extension in language.extensions().iter().filter(|e| language.detects(e)) {
            assert!(seen.insert(extension.clone()), "{extension}");
        }
    }
}

#[test]
fn every_policy_compiles_and_fits_the_kernel() {
    for mode in [LimitMode::Rlimit, LimitMode::Cgroup2] {
        let profiles = Profiles::load(&[], mode).unwrap();
        for id in ["base", "native", "jvm", "node", "go", "mono", "compiler"] {
            let filters = profiles.policy(id).unwrap().filters().unwrap();
            assert_eq!(filters.len(), 1, "{id}");
            // BPF_MAXINSNS
            assert!(filters.iter().all(|f| (10..4096).contains(&f.len())), "{id}");
        }
    }
}

#[test]
fn the_lockdown_takes_back_what_only_the_zygote_may() {
    let lockdown = built_in().policy("native").unwrap().lockdown();
    for call in [libc::SYS_umount2, libc::SYS_move_mount, libc::SYS_fsopen, libc::SYS_open_tree, libc::SYS_mount_setattr] {
        assert!(lockdown.kill.contains(&u32::try_from(call).unwrap()), "{call}");
    }
    for call in [libc::SYS_clone3, libc::SYS_seccomp, libc::SYS_landlock_restrict_self, libc::SYS_setresuid] {
        assert!(lockdown.errno.contains(&u32::try_from(call).unwrap()), "{call}");
    }
    for call in [libc::SYS_read, libc::SYS_execve, libc::SYS_prctl, libc::SYS_prlimit64, libc::SYS_fcntl, libc::SYS_wait4] {
        assert!(
            !lockdown.kill.contains(&u32::try_from(call).unwrap()) && !lockdown.errno.contains(&u32::try_from(call).unwrap()),
            "{call}"
        );
    }
    let counted = Profiles::load(&[], LimitMode::Cgroup2).unwrap().policy("native").unwrap().lockdown();
    assert!(!counted.errno.contains(&u32::try_from(libc::SYS_memfd_create).unwrap()), "a cgroup counts memfds");
    let base = built_in().policy("base").unwrap().lockdown();
    assert!(base.errno.contains(&u32::try_from(libc::SYS_execve).unwrap()), "a policy without processes");
}

#[test]
fn a_users_file_replaces_the_built_in_one() {
    let (_dir, dirs) = user(&[("languages/x.toml", SCRIPT), ("lua.toml", &SCRIPT.replace("\"x\"", "\"lua\""))]);
    let profiles = Profiles::load(&dirs, LimitMode::Rlimit).unwrap();
    assert_eq!(profiles.language("lua").unwrap().name(), "X");
    let error = profiles.language("x").unwrap().toolchain().unwrap_err();
    assert_eq!(error.to_string(), "language `x` is unavailable: nonexistent-x not found; apt install x-lang");
}

#[test]
fn errors_name_file_line_and_key() {
    let bad = |from: &str, to: &str| load_error(&[("languages/x.toml", &SCRIPT.replace(from, to))]);
    let error = bad("name = ", "nam = ");
    assert!(error.contains("languages/x.toml") && error.contains("line 2") && error.contains("nam"), "{error}");
    let error = bad("{entry}", "{entri}");
    assert!(error.contains("languages/x.toml:10: `run.argv[1]`: unknown placeholder"), "{error}");
    for (from, to, expect) in [
        ("native", "nativ", "no policy `nativ`"),
        ("id = \"x\"", "id = \"y\"", "must be the file's name"),
        ("x.x", "../x", "`source`"),
        ("policy", "binds = [\"/usr/../home\"]\npolicy", "run.binds[0]"),
        ("[toolchain]", "time_factor = 0\n[toolchain]", "time_factor"),
        ("[toolchain]", "[toolchain", "line 5"),
    ] {
        let error = bad(from, to);
        assert!(error.contains(expect), "{error}");
    }
    // Nothing can lie below a file.
    assert!(Profiles::load(&["/dev/null/profiles".into()], LimitMode::Rlimit).is_err());
}

#[test]
fn policies_can_go_wrong_only_aloud() {
    let error = load_error(&[("policies/a.toml", "id = \"a\"\ninclude = [\"b\"]"), ("policies/b.toml", "id = \"b\"\ninclude = [\"a\"]")]);
    assert!(error.contains("a cycle: a → b → a"), "{error}");
    let error = load_error(&[("policies/a.toml", "id = \"a\"\ninclude = [\"c\"]")]);
    assert!(error.contains("a.toml:2: `include`"), "{error}");
    let error = load_error(&[("policies/a.toml", "id = \"a\"\nallow = [\"ptrace\"]\nkill = [\"ptrace\"]")]);
    assert!(error.contains("`kill`"), "{error}");
    let error = load_error(&[("policies/a.toml", "id = \"a\"\n[[rule]]\ncall = \"socket\"\narg = 0")]);
    assert!(error.contains("rule[0]"), "{error}");
    let (_dir, dirs) = user(&[("policies/a.toml", "id = \"a\"\nallow = [\"raed\"]")]);
    let profiles = Profiles::load(&dirs, LimitMode::Rlimit).unwrap();
    let error = profiles.policy("a").unwrap().filters().unwrap_err().to_string();
    assert!(error.contains("raed"), "{error}");
}

#[test]
fn a_policy_without_execve_is_for_includes_only() {
    let text = std::fs::read_to_string("profiles/languages/bash.toml").unwrap();
    let error = load_error(&[("languages/bash.toml", &text.replace("policy = \"native\"", "policy = \"base\""))]);
    assert!(error.contains("execve"), "{error}");
    assert!(built_in().command_slot("base", crate::sandbox::Root::default()).is_err());
}

#[test]
fn a_policy_may_allow_what_an_included_one_kills() {
    let (_dir, dirs) = user(&[("policies/a.toml", "id = \"a\"\ninclude = [\"native\"]\nallow = [\"ptrace\", \"mount\"]")]);
    let profiles = Profiles::load(&dirs, LimitMode::Rlimit).unwrap();
    let lockdown = profiles.policy("a").unwrap().lockdown();
    assert!(
        !lockdown.kill.contains(&u32::try_from(libc::SYS_mount).unwrap())
            && !lockdown.errno.contains(&u32::try_from(libc::SYS_mount).unwrap())
    );
}

fn layout(
    id: &str,
    source: Option<&str>,
    files: &[(&str, &str)],
    entry_point: Option<&str>,
    args: &[&str],
) -> Result<Layout, ProgramError> {
    let names: Vec<(BoxName, &[u8])> = files.iter().map(|(n, t)| (BoxName::new(n).unwrap(), t.as_bytes())).collect();
    let files: Vec<(&BoxName, &[u8])> = names.iter().map(|(n, t)| (n, *t)).collect();
    let compile_args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
    let program = Program { source: source.map(str::as_bytes), files: &files, entry_point, compile_args: &compile_args };
    built_in().language(id).unwrap().layout(&program)
}

fn path_of(result: Result<Layout, ProgramError>) -> String {
    result.unwrap_err().path
}

#[test]
fn units_have_names_that_are_no_options() {
    let layout = layout("c17", Some("int main(){}"), &[("-o x.c", ""), ("a/@b.c", ""), ("h.h", ""), ("c", "")], None, &["-DA=1"]).unwrap();
    let profiles = built_in();
    let c = profiles.language("c17").unwrap();
    let Ok(Some(plan)) = c.compile_plan(&layout, LimitsRequest::default()) else {
        return; // no gcc here
    };
    let at = plan.argv.iter().position(|a| a == "main").unwrap();
    assert_eq!(plan.argv[at + 1..], ["./-o x.c", "./a/@b.c", "./main.c", "-lm"]);
    assert!(plan.argv.contains(&"-DA=1".to_owned()) && plan.argv[0].starts_with('/'));
    assert_eq!((plan.files.len(), plan.products[0].file()), (5, Some("main")));
}

#[test]
fn compile_args_are_matched_as_a_whole() {
    for good in ["-O3", "-DX", "-DX=y", "-Wall", "-std=c++20", "-fsanitize=address", "-march=native"] {
        assert!(layout("cpp17", Some(""), &[], None, &[good]).is_ok(), "{good}");
    }
    for bad in
        ["-o/x", "-O2 -x", "-O2\n", "", "-wrapper", "-I/etc", "-I../x", "-fplugin=/x.so", "@x", "-B.", "-include", "main.c", "-DX=$(x)"]
    {
        assert_eq!(path_of(layout("cpp17", Some(""), &[], None, &["-O2", bad])), "compile.args[1]", "{bad}");
    }
    assert_eq!(path_of(layout("python3", Some(""), &[], None, &["-O"])), "compile.args[0]");
}

#[test]
fn the_entry_is_found_or_asked_for() {
    let entry = |source, files: &[(&str, &str)], entry_point| {
        layout("python3", source, files, entry_point, &[]).map(|l| l.entry.unwrap().to_string())
    };
    assert_eq!(entry(Some(""), &[("b.py", "")], None).unwrap(), "main.py");
    assert_eq!(entry(None, &[("b.py", ""), ("data.txt", "")], None).unwrap(), "b.py");
    assert_eq!(entry(None, &[("b.py", ""), ("main.py", "")], None).unwrap(), "main.py");
    assert_eq!(entry(None, &[("b.py", ""), ("a/c.py", "")], Some("a/c.py")).unwrap(), "a/c.py");
    assert_eq!(entry(None, &[("script", "")], None).unwrap(), "script");
    let error = entry(None, &[("b.py", ""), ("c.py", "")], None).unwrap_err();
    assert_eq!((error.path.as_str(), error.message.contains("b.py, c.py")), ("entry_point", true));
    assert_eq!(entry(Some(""), &[], Some("x.py")).unwrap_err().path, "entry_point");
    assert_eq!(entry(Some(""), &[("main.py", "")], None).unwrap_err().path, "files.main.py");
    assert_eq!(entry(None, &[], None).unwrap_err().path, "source");
    assert_eq!(entry(Some(""), &[("a", ""), ("a/b", "")], None).unwrap_err().path, "files.a/b");
    assert_eq!(path_of(layout("cpp17", None, &[("a.h", "")], None, &[])), "files");
    assert_eq!(path_of(layout("cpp17", Some(""), &[], Some("b.cpp"), &[])), "entry_point");
}

#[test]
fn java_is_named_for_its_class_and_started_by_its_main() {
    const MAIN: &str = "{ public static void main(String[] a) {} }";
    let class = |name: &str| format!("class {name} {MAIN}");
    let java = |source: Option<&str>, files: &[(&str, &str)], entry_point| layout("java", source, files, entry_point, &[]);
    let made = java(Some(&format!("package p.q; public {}", class("Solve"))), &[], None).unwrap();
    assert_eq!((made.files[0].name.as_str(), made.main.as_str()), ("Solve.java", "p.q.Solve"));
    assert_eq!(java(Some("garbage"), &[], None).unwrap().main, "Main");
    assert_eq!(java(Some(&(class("A") + "public " + &class("B"))), &[], None).unwrap().main, "B");
    assert_eq!(java(Some(&(class("A") + &class("Main"))), &[], None).unwrap().main, "Main");
    let error = java(None, &[("A.java", &class("A")), ("B.java", &class("B"))], None).unwrap_err();
    assert_eq!((error.path.as_str(), error.message.contains("A, B")), ("entry_point", true));
    let files = [("A.java", class("A")), ("p/B.java", format!("package p; {}", class("B")))];
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (*n, t.as_str())).collect();
    for (asked, expect) in [("A", "A"), ("B", "p.B"), ("p.B", "p.B"), ("p/B.java", "p.B"), ("B$In", "p.B$In"), ("Z", "Z")] {
        assert_eq!(java(None, &files, Some(asked)).unwrap().main, expect);
    }
    for bad in ["-version", "../A", "", "A B", "A.", "x.java/"] {
        assert_eq!(java(None, &files, Some(bad)).unwrap_err().path, "entry_point", "{bad}");
    }
}

#[test]
fn factors_hold_for_defaults_and_where_asked() {
    let profiles = built_in();
    let python = profiles.language("python3").unwrap();
    let ask = |text: &str| python.limits(serde_json::from_str(text).unwrap()).cpu_time_ms.get();
    assert!((ask("{}") - 2000.0 * python.time_factor()).abs() < 1e-9);
    assert!((ask(r#"{"cpu_time_ms": 500}"#) - 500.0).abs() < 1e-9);
    assert!((ask(r#"{"cpu_time_ms": 500, "scale": true}"#) - 500.0 * python.time_factor()).abs() < 1e-9);
}

#[test]
fn products_are_patterns_of_files() {
    let profiles = built_in();
    let matches = |id: &str, name: &str| {
        let layout = Layout::default();
        let plan = profiles.language(id).unwrap().compile_plan(&layout, LimitsRequest::default());
        plan.ok().flatten().map(|p| p.products.iter().any(|p| p.matches(&BoxName::new(name).unwrap())))
    };
    for (id, name, expect) in [
        ("java", "A.class", true),
        ("java", "a/b/A$1.class", true),
        ("java", "A.java", false),
        ("c17", "main", true),
        ("c17", "x/main", false),
    ] {
        assert_ne!(matches(id, name), Some(!expect), "{id} {name}");
    }
}

#[test]
fn languages_with_equal_needs_share_their_slots() {
    let profiles = built_in();
    let slot = |id: &str| {
        let language = profiles.language(id).unwrap();
        language.run_plan(&Layout::default(), &[], &language.limits(LimitsRequest::default())).ok().map(|p| p.slot)
    };
    if let (Some(c), Some(cpp)) = (slot("c17"), slot("cpp20")) {
        assert_eq!(c, cpp);
        assert!(c.root.mounts.iter().all(|m| m.source.is_absolute() && m.source.exists()));
    }
}
