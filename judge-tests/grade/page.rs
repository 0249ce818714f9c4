//! The report in a browser: what its document holds once its script has run.
use super::class::MARKUP;
use super::harness::binary;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Chromium, or why there is none.
pub fn browser() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join("chromium")).find(|p| p.is_file());
    found.ok_or_else(|| "chromium: not installed (apt-get install chromium)".to_owned())
}

/// The document of a page, as it is after its script.
fn document(page: &Path, state: &str) -> Result<String, String> {
    let profile = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut command = Command::new(browser()?);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--virtual-time-budget=3000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(format!("file://{}{state}", page.display()))
        .env("HOME", profile.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // Long: on a loaded machine a browser takes its time to start.
    let ended = binary::finish_within(command.spawn().map_err(|e| e.to_string())?, Duration::from_mins(2));
    if ended.stdout.contains("</html>") { Ok(ended.stdout) } else { Err(format!("no document: {}\n{}", ended.status, ended.stderr)) }
}

/// The keys of the matrix's rows, in order; those that are hidden are left out.
fn rows(document: &str) -> Vec<String> {
    let body = between(document, "<tbody>", "</tbody>");
    body.split("<tr ")
        .skip(1)
        .filter_map(|row| row.split_once('>').map(|(tag, _)| tag))
        .filter(|tag| !tag.contains("hidden"))
        .map(|tag| attribute(tag, "data-key"))
        .collect()
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).map_or("", |(_, rest)| rest);
    rest.split_once(to).map_or(rest, |(inside, _)| inside)
}

fn attribute(tag: &str, name: &str) -> String {
    between(tag, &format!("{name}=\""), "\"").to_owned()
}

macro_rules! check {
    ($condition:expr, $($told:tt)+) => { if !$condition { return Err(format!($($told)+)); } };
}

pub fn holds_what_it_should(desk: &Path) -> Result<(), String> {
    let page = document(&desk.join("out.html"), "")?;
    let all = rows(&page);
    check!(all.len() == 30 && all[1] == "=cmd|' C calc'!A0.py" && all[29] == "zz\\u{202e}yp.exe.py", "{all:?}");
    check!(page.contains(">30 shown</output>"), "the script did not run");
    let row = |key: &str| between(&page, &format!("data-key=\"{key}\""), "</tr>").to_owned();
    let mia = row("Mia.c");
    check!(mia.contains("data-verdict=\"TLE\" data-rank=\"5\" data-points=\"40\" data-passed=\"4\""), "{mia}");
    check!(mia.matches("<td class=\"cell pass").count() == 4 && mia.matches("<td class=\"cell time").count() == 2, "{mia}");
    check!(row("Vera.docx").contains("no file has a known language"), "{}", row("Vera.docx"));
    check!(page.matches("<th scope=\"col\" class=\"test").count() == 6, "not six tests");
    // What breaks whom: both large tests break more than the small ones.
    let foot = between(&page, "<tfoot>", "</tfoot>");
    check!(foot.contains("secret/2-large/1: failed by") && foot.contains("heat h"), "{foot}");
    let card = |key: &str| between(&page, &format!("<bdi>{key}</bdi></span>"), "</details>").to_owned();
    let lena = card("Lena");
    for part in ["First failed: <bdi>secret/1-small/2</bdi>", "1 2 918273", "<del>9</del>", "expected \"918276\", found \"18276\""] {
        check!(lena.contains(part), "Lena's card has no {part}:\n{lena}");
    }
    check!(card("Olga").contains("The compiler refused it") && card("Olga").contains("#error"), "{}", card("Olga"));
    check!(card("Paul").contains("IndexError"), "{}", card("Paul"));
    check!(page.matches("class=\"bar ").count() >= 3 && page.matches("class=\"m-slow\"").count() > 2, "the pictures are empty");
    let bytes = page.len();
    check!(bytes < 1_000_000, "{bytes} bytes: megabytes of output came along");
    Ok(())
}

pub fn sorts_and_filters(desk: &Path) -> Result<(), String> {
    let page = desk.join("out.html");
    let shown = |state: &str| document(&page, state).map(|d| rows(&d));
    let by_time = shown("#sort=time&down=1")?;
    check!(by_time[0] == "Mia.c", "by time: {by_time:?}");
    let document_by_points = document(&page, "#sort=points")?;
    let points: Vec<f64> = between(&document_by_points, "<tbody>", "</tbody>")
        .split("<tr ")
        .skip(1)
        .map(|row| attribute(row.split_once('>').map_or("", |(tag, _)| tag), "data-points").parse().unwrap_or(-1.0))
        .collect();
    check!(points.is_sorted() && points[0] < 0.0 && points[29] > 99.0, "by points: {points:?}");
    check!(document_by_points.contains("aria-sort=\"ascending\"><button type=\"button\" data-sort=\"points\""), "no aria-sort");
    check!(shown("#verdict=CE")? == ["Nils.c", "Olga.cpp"], "by verdict: {:?}", shown("#verdict=CE"));
    check!(shown("#q=hana%20python")? == ["Hana Sato_4711"], "by name: {:?}", shown("#q=hana%20python"));
    let broken = shown("#test=secret/2-large/1")?;
    check!(broken.contains(&"Paul.py".to_owned()) && !broken.contains(&"Ada.py".to_owned()), "by test: {broken:?}");
    let cards = document(&page, "#verdict=TLE")?;
    let visible = cards.split("<details ").skip(1).filter(|c| !c.split_once('>').map_or("", |(tag, _)| tag).contains("hidden")).count();
    check!(visible == 1, "{visible} cards are shown for one TLE");
    let by_test = shown("#sort=test&column=secret/2-large/1&down=1")?;
    check!(by_test.iter().position(|k| k == "Mia.c") < by_test.iter().position(|k| k == "Ada.py"), "{by_test:?}");
    Ok(())
}

/// The controls themselves, in a copy of the page whose policy lets our clicking script in.
pub fn is_clicked(desk: &Path) -> Result<(), String> {
    let page = fs::read_to_string(desk.join("out.html")).map_err(|e| e.to_string())?;
    let policy =
        format!("<meta http-equiv=\"Content-Security-Policy\"{}>", between(&page, "<meta http-equiv=\"Content-Security-Policy\"", ">"));
    check!(page.contains(&policy), "no policy");
    let click = |script: &str, name: &str| {
        let copy = page.replace(&policy, "").replace("</body>", &format!("<script>{script}</script></body>"));
        let path = desk.join(name);
        fs::write(&path, copy).map_err(|e| e.to_string())?;
        document(&path, "")
    };
    let button = "document.querySelector('button[data-sort=time]')";
    let twice = click(&format!("{button}.click(); {button}.click();"), "clicked-1.html")?;
    let once = click(&format!("{button}.click();"), "clicked-2.html")?;
    check!(rows(&once)[0] == "Mia.c" && rows(&twice)[29] == "Mia.c", "{:?}\n{:?}", rows(&once), rows(&twice));
    let typed = click(
        "const q = document.getElementById('q'); q.value = 'sato'; q.dispatchEvent(new Event('input')); document.getElementById('open').click();",
        "clicked-3.html",
    )?;
    check!(rows(&typed) == ["Hana Sato_4711"] && typed.contains(">1 of 30 shown<"), "{:?}", rows(&typed));
    check!(typed.matches("<details open=\"\"").count() + typed.matches(" open=\"\">").count() == 1, "one card is open");
    let reset = click(
        "document.getElementById('verdict').value = 'TLE'; document.getElementById('verdict').dispatchEvent(new Event('change')); document.getElementById('reset').click();",
        "clicked-4.html",
    )?;
    check!(rows(&reset).len() == 30, "{:?}", rows(&reset));
    Ok(())
}

/// Names, outputs and compiler messages full of markup run nothing. The same markup unescaped does run: the control.
pub fn hostile_text_does_nothing(desk: &Path) -> Result<(), String> {
    let owned = |document: &str| document.split_once('>').is_some() && between(document, "<html", ">").contains("data-owned");
    let control = desk.join("control.html");
    fs::write(&control, format!("<!doctype html><html><body><p>{MARKUP}</p></body></html>")).map_err(|e| e.to_string())?;
    check!(owned(&document(&control, "")?), "the attack does not work where nothing stops it");
    // And even where escaping failed, the page's policy would hold.
    let page = fs::read_to_string(desk.join("out.html")).map_err(|e| e.to_string())?;
    fs::write(&control, page.replace("<main>", &format!("<main><p>{MARKUP}</p>"))).map_err(|e| e.to_string())?;
    check!(!owned(&document(&control, "")?), "the policy lets strange scripts run");
    let mut pages = vec![desk.join("out.html")];
    let feedback = fs::read_dir(desk.join("feedback")).map_err(|e| e.to_string())?.flatten().map(|e| e.path());
    pages.extend(feedback.filter(|p| ["Olga", "Yuri", "img"].iter().any(|w| p.to_string_lossy().contains(w))));
    check!(pages.len() == 4, "{pages:?}");
    for path in pages {
        let found = document(&path, "")?;
        check!(!owned(&found), "{}: something was run", path.display());
        check!(found.contains("<title>Sum of Heights</title>"), "{}: the title has changed", path.display());
        check!(!found.contains("<img") && !found.contains(['\u{202e}', '\u{1b}', '\0']), "{}", path.display());
    }
    Ok(())
}
