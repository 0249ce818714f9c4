use super::super::sys;
use super::*;
use nix::errno::Errno;

/// What the kernel's interpreter does with the few instructions used here.
fn run(program: &[sock_filter], nr: u32, sixth: u64) -> u32 {
    walk(program, nr, sixth).0
}

/// The same, and which instructions it does.
fn walk(program: &[sock_filter], nr: u32, sixth: u64) -> (u32, Vec<usize>) {
    let data = |offset| match offset {
        NUMBER => nr,
        SIXTH => (sixth & 0xffff_ffff) as u32,
        _ => (sixth >> 32) as u32,
    };
    let (mut at, mut loaded, mut aside) = (0, 0, 0);
    let mut way = Vec::new();
    loop {
        let i = program[at];
        way.push(at);
        at += 1;
        let jump = |taken| usize::from(if taken { i.jt } else { i.jf });
        match u32::from(i.code) {
            code if code == libc::BPF_RET | libc::BPF_K => return (i.k, way),
            code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => loaded = data(i.k),
            code if code == libc::BPF_ALU | libc::BPF_XOR | libc::BPF_K => loaded ^= i.k,
            code if code == libc::BPF_ALU | libc::BPF_OR | libc::BPF_X => loaded |= aside,
            code if code == libc::BPF_MISC | libc::BPF_TAX => aside = loaded,
            code if code == libc::BPF_JMP | libc::BPF_JA => at += i.k as usize,
            code if code == libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K => at += jump(loaded >= i.k),
            code if code == libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K => at += jump(loaded > i.k),
            code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => at += jump(loaded == i.k),
            code => panic!("an instruction that is not used here: {code:#x}"),
        }
    }
}

fn number(call: libc::c_long) -> u32 {
    call.try_into().unwrap()
}

const KEY: u64 = 0x0123_4567_89ab_cdef;

#[test]
fn the_gate_opens_to_the_key_alone() {
    let split = KEYED.len() / 2;
    let lockdown = Lockdown {
        kill: KEYED[..split].iter().map(|n| number(*n)).chain([number(libc::SYS_read)]).collect(),
        errno: KEYED.iter().map(|n| number(*n)).collect(),
    };
    let program = gate(&lockdown, KEY);
    for nr in 0..600 {
        let refused = match KEYED.iter().position(|n| number(*n) == nr) {
            Some(at) if at < split => KILL,
            Some(_) => ENOSYS,
            None => ALLOW,
        };
        assert_eq!(run(&program, nr, KEY), ALLOW, "{nr}");
        for wrong in [0, 1, KEY ^ 1, KEY ^ (1 << 63), KEY >> 32, KEY << 32, KEY & 0xffff_ffff, u64::MAX] {
            assert_eq!(run(&program, nr, wrong), refused, "{nr} {wrong:#x}");
        }
    }
    assert_eq!(run(&program, X32_BIT, KEY), KILL);
    assert_eq!(run(&program, u32::MAX, KEY), KILL);
}

#[test]
fn no_part_of_the_key_shows() {
    let lockdown = Lockdown { kill: vec![number(libc::SYS_mount)], errno: vec![number(libc::SYS_unshare)] };
    for key in [KEY, 0, u64::MAX, 1 << 32, u64::from(u32::MAX)] {
        let program = gate(&lockdown, key);
        for (call, refused) in [(libc::SYS_mount, KILL), (libc::SYS_unshare, ENOSYS)] {
            let ask = |sixth| walk(&program, number(call), sixth);
            assert_eq!(ask(key).0, ALLOW, "{key:#x}");
            let neither = ask(!key);
            assert_eq!(neither.0, refused, "{key:#x}");
            let off_by_a_bit = (0..64).map(|bit| key ^ (1 << bit));
            let halves = [key ^ 0xffff_ffff, key ^ (0xffff_ffff << 32), key.rotate_left(32)];
            for wrong in off_by_a_bit.chain(halves).filter(|wrong| *wrong != key) {
                assert_eq!(ask(wrong), neither, "{key:#x} {wrong:#x}");
            }
        }
    }
}

/// A filter is the thread's that installs it (seccomp(2)), so the real kernel can be asked here too.
#[test]
fn the_kernel_reads_the_gate_as_we_do() {
    let asked = || {
        sys::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0).unwrap();
        let lockdown = Lockdown { kill: vec![], errno: vec![number(libc::SYS_unshare)] };
        sys::seccomp_filter(&gate(&lockdown, KEY)).unwrap();
        let unshare_nothing = |key: u64| {
            // SAFETY: integers only; no flags, no effect.
            Errno::result(unsafe { libc::syscall(libc::SYS_unshare, 0, 0, 0, 0, 0, key) })
        };
        assert_eq!(unshare_nothing(KEY), Ok(0));
        for wrong in (0..64).map(|bit| KEY ^ (1 << bit)).chain([0, !KEY]) {
            assert_eq!(unshare_nothing(wrong), Err(Errno::ENOSYS), "{wrong:#x}");
        }
    };
    std::thread::spawn(asked).join().unwrap();
}

#[test]
fn what_has_no_key_is_taken_from_each_run() {
    let none = Lockdown { kill: vec![number(libc::SYS_fsopen)], errno: vec![number(libc::SYS_clone3)] };
    assert!(super::lockdown(&none).is_none());
    let some = Lockdown { kill: vec![155, 164, 166], errno: vec![57, 101, 164, number(libc::SYS_clone3)] };
    let program = super::lockdown(&some).unwrap();
    for nr in 0..600 {
        let want = match nr {
            155 | 164 => KILL,
            // The gate's business, which it is too where both lists have it.
            57 | 101 => ENOSYS,
            _ => ALLOW,
        };
        assert_eq!(run(&program, nr, KEY), want, "{nr}");
    }
}

#[test]
fn every_number_finds_its_fate() {
    // "Ask" in three instructions: killed where the sixth argument is 7, else it passes.
    let asked = [
        load(SIXTH),
        jump(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 7, 0, 1),
        statement(libc::BPF_RET | libc::BPF_K, KILL),
        statement(libc::BPF_RET | libc::BPF_K, ALLOW),
    ];
    let fate = |nr: u32| match nr % 7 {
        0 | 1 => Some(Fate::Allow),
        2 | 3 => Some(Fate::Kill),
        4 => Some(Fate::Ask(pack(&asked))),
        _ => None,
    };
    let fates = (0..450).filter_map(|nr| Some((nr, fate(nr)?))).collect();
    let program = unpack(&by_number(&[], &fates));
    for nr in (0..600).chain([X32_BIT, u32::MAX]) {
        for sixth in [0, 7] {
            let want = match fate(nr).filter(|_| nr < 450) {
                Some(Fate::Allow) => ALLOW,
                Some(Fate::Kill) => KILL,
                Some(Fate::Ask(_)) => {
                    if sixth == 7 {
                        KILL
                    } else {
                        ALLOW
                    }
                }
                None => ENOSYS,
            };
            assert_eq!(run(&program, nr, sixth), want, "{nr}");
        }
    }
}

#[test]
fn a_long_list_still_jumps_right() {
    let long = Lockdown { kill: (0..400).step_by(2).filter(|n| !KEYED.contains(&(*n).into())).collect(), errno: vec![] };
    let program = super::lockdown(&long).unwrap();
    for nr in 0..500 {
        assert_eq!(run(&program, nr, 0), if long.kill.contains(&nr) { KILL } else { ALLOW }, "{nr}");
    }
}
