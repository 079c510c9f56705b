//! Rules of the Linux audit system, as files below `/etc/audit` spell them for `auditctl`.
//! It must not know which files there are, nor what a control wants to see audited.

/// What a line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `-w`: accesses to a path.
    Watch,
    /// `-a` or `-A`: system calls, or events, that match its fields.
    Syscall,
    /// A setting of the audit system, such as `-e 2`, or the removal of rules.
    Control,
}

impl Kind {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Syscall => "syscall",
            Self::Control => "control",
        }
    }
}

/// A comparison of a rule, such as `uid>=1000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name of the field.
    pub name: String,
    /// `=`, `!=`, `>`, `>=`, `<`, `<=`, `&` or `&=`.
    pub operator: String,
    /// What it is compared with.
    pub value: String,
}

/// One line that is neither empty nor a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Counted from 1.
    pub line: usize,
    /// The line, without spaces around it.
    pub text: String,
    /// What it asks for.
    pub kind: Kind,
    /// The path it is about: that of a watch, or of a `path` or `dir` field.
    pub path: Option<String>,
    /// True if the path is watched with all that is below it, as far as the rule itself tells: a `dir` field.
    pub is_tree: bool,
    /// Letters of `r`, `w`, `x` and `a`; a watch without them has all four.
    pub permission: Option<String>,
    /// Its keys, by which events are found.
    pub keys: Vec<String>,
    /// `exit`, `exclude`, `user` and so on.
    pub list: Option<String>,
    /// `always` or `never`.
    pub action: Option<String>,
    /// System calls, by name or number.
    pub syscalls: Vec<String>,
    /// All comparisons but those of `key`.
    pub fields: Vec<Field>,
    /// True if it keeps events out of the log: `never`, or the list `exclude`.
    pub is_exclusion: bool,
    /// The line of a later `-D`, `-W` or `-d` of the same file that removes it.
    pub removed_by: Option<usize>,
    /// What is wrong with the line, in words; `auditctl` refuses it.
    pub problem: Option<String>,
}

/// The rules of one file, in order.
pub fn parse(text: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut in_force: Vec<usize> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let rule = rule(index + 1, line);
        remove(&rule, &mut rules, &mut in_force);
        if rule.kind != Kind::Control {
            in_force.push(rules.len());
        }
        rules.push(rule);
    }
    rules
}

/// Marks the rules before a `-D`, `-W` or `-d` that it removes, and takes them out of those in force.
fn remove(by: &Rule, rules: &mut [Rule], in_force: &mut Vec<usize>) {
    if by.kind != Kind::Control || by.problem.is_some() {
        return;
    }
    let what = by.text.split_whitespace().next().unwrap_or_default();
    in_force.retain(|&place| {
        let rule = &mut rules[place];
        let is_removed = match what {
            "-D" => by.keys.is_empty() || by.keys.iter().any(|key| rule.keys.contains(key)),
            "-W" => rule.kind == Kind::Watch && rule.path == by.path,
            "-d" => {
                rule.kind == Kind::Syscall
                    && (&rule.list, &rule.action, &rule.syscalls, &rule.fields)
                        == (&by.list, &by.action, &by.syscalls, &by.fields)
            }
            _ => false,
        };
        if is_removed {
            rule.removed_by = Some(by.line);
        }
        !is_removed
    });
}

fn rule(line: usize, text: &str) -> Rule {
    let mut rule = Rule {
        line,
        text: text.to_owned(),
        kind: Kind::Control,
        path: None,
        is_tree: false,
        permission: None,
        keys: Vec::new(),
        list: None,
        action: None,
        syscalls: Vec::new(),
        fields: Vec::new(),
        is_exclusion: false,
        removed_by: None,
        problem: None,
    };
    if let Err(problem) = read(text, &mut rule) {
        rule.problem = Some(problem);
    }
    if rule.kind == Kind::Watch && rule.problem.is_none() {
        rule.permission.get_or_insert_with(|| "rwxa".to_owned());
        rule.list = Some("exit".to_owned());
        rule.action = Some("always".to_owned());
    }
    rule.is_exclusion = rule.kind == Kind::Syscall
        && (rule.action.as_deref() == Some("never") || rule.list.as_deref() == Some("exclude"));
    rule
}

/// Words are parted by spaces; there are no quotes.
fn read(text: &str, rule: &mut Rule) -> Result<(), String> {
    let mut words = text.split_whitespace();
    let mut is_first = true;
    while let Some(option) = words.next() {
        let mut value =
            || words.next().ok_or_else(|| format!("nothing follows `{option}` in `{text}`"));
        match option {
            "-w" | "-W" => {
                let path = value()?;
                if !path.starts_with('/') {
                    return Err(format!("`{path}` of `{option}` is no absolute path"));
                }
                if option == "-w" {
                    rule.kind = Kind::Watch;
                }
                rule.path = Some(plain_path(path));
            }
            "-a" | "-A" | "-d" => {
                if option != "-d" {
                    rule.kind = Kind::Syscall;
                }
                list_and_action(value()?, rule)?;
            }
            "-p" => rule.permission = Some(permission(value()?)?),
            "-k" => rule.keys.push(value()?.to_owned()),
            "-S" => rule.syscalls.extend(value()?.split(',').map(str::to_owned)),
            "-F" | "-C" => field(value()?, rule)?,
            "-D"
            | "-c"
            | "-i"
            | "-s"
            | "-l"
            | "-t"
            | "--loginuid-immutable"
            | "--reset-lost"
            | "--reset_backlog_wait_time_actual" => {}
            "-e" | "-b" | "-f" | "-r" | "-q" | "-m" | "--backlog_wait_time" | "--signal" => {
                value()?;
            }
            _ if option.starts_with('-') => return Err(format!("`{option}` is no option")),
            _ => return Err(format!("`{option}` belongs to no option")),
        }
        if is_first && matches!(option, "-p" | "-k" | "-S" | "-F" | "-C") {
            return Err(format!("`{option}` says nothing without -w or -a before it"));
        }
        is_first = false;
    }
    Ok(())
}

/// `exit,always` or `always,exit`.
fn list_and_action(text: &str, rule: &mut Rule) -> Result<(), String> {
    let is_action = |word: &str| matches!(word, "always" | "never" | "possible");
    let is_list = |word: &str| {
        matches!(word, "task" | "exit" | "user" | "exclude" | "filesystem" | "io_uring" | "entry")
    };
    let (list, action) = match text.split_once(',') {
        Some((list, action) | (action, list)) if is_list(list) && is_action(action) => {
            (list, action)
        }
        _ => return Err(format!("`{text}` is no list with its action, such as always,exit")),
    };
    rule.list = Some(list.to_owned());
    rule.action = Some(action.to_owned());
    Ok(())
}

fn permission(text: &str) -> Result<String, String> {
    let is_known = !text.is_empty() && text.bytes().all(|letter| b"rwxa".contains(&letter));
    is_known.then(|| text.to_owned()).ok_or_else(|| format!("`{text}` is not of r, w, x and a"))
}

fn field(text: &str, rule: &mut Rule) -> Result<(), String> {
    let problem = || format!("`{text}` is no comparison, such as path=/etc/docker");
    let at = text.find(['=', '!', '<', '>', '&']).filter(|at| *at > 0).ok_or_else(problem)?;
    let (name, rest) = text.split_at(at);
    let operator = ["!=", ">=", "<=", "&=", "=", ">", "<", "&"]
        .into_iter()
        .find(|operator| rest.starts_with(operator))
        .ok_or_else(problem)?;
    let value = &rest[operator.len()..];
    if value.is_empty() {
        return Err(problem());
    }
    match (name, operator) {
        ("key", "=") => {
            rule.keys.push(value.to_owned());
            return Ok(());
        }
        ("path", "=") => rule.path = Some(plain_path(value)),
        ("dir", "=") => {
            rule.path = Some(plain_path(value));
            rule.is_tree = true;
        }
        ("perm", "=") => rule.permission = Some(permission(value)?),
        _ => {}
    }
    rule.fields.push(Field {
        name: name.to_owned(),
        operator: operator.to_owned(),
        value: value.to_owned(),
    });
    Ok(())
}

/// Without the slash at its end, as `auditctl` takes it.
fn plain_path(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" => "/".to_owned(),
        path => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> Rule {
        let mut rules = parse(text);
        assert_eq!(rules.len(), 1, "{text}");
        rules.remove(0)
    }

    #[test]
    fn a_watch_has_path_permission_and_keys() {
        let rule = only("  -w /etc/docker/ -p wa -k docker -k cis ");
        assert_eq!((rule.kind, rule.path.as_deref()), (Kind::Watch, Some("/etc/docker")));
        assert_eq!(
            (rule.permission.as_deref(), rule.keys),
            (Some("wa"), vec!["docker".into(), "cis".into()])
        );
        assert_eq!((rule.list.as_deref(), rule.action.as_deref()), (Some("exit"), Some("always")));
        assert!(!rule.is_tree && !rule.is_exclusion);
        assert_eq!(rule.text, "-w /etc/docker/ -p wa -k docker -k cis");
        assert_eq!(only("-w /usr/bin/runc").permission.as_deref(), Some("rwxa"));
    }

    #[test]
    fn a_syscall_rule_has_its_fields() {
        let rule = only(
            "-a always,exit -F arch=b64 -S open,openat -S all -F dir=/var/lib/docker -F perm=rw -F auid>=1000 -F key=d",
        );
        assert_eq!(
            (rule.kind, rule.path.as_deref(), rule.is_tree),
            (Kind::Syscall, Some("/var/lib/docker"), true)
        );
        assert_eq!(rule.syscalls, ["open", "openat", "all"]);
        assert_eq!((rule.permission.as_deref(), rule.keys), (Some("rw"), vec!["d".into()]));
        let last = &rule.fields[3];
        assert_eq!(
            (last.name.as_str(), last.operator.as_str(), last.value.as_str()),
            ("auid", ">=", "1000")
        );
        assert_eq!((rule.list.as_deref(), rule.action.as_deref()), (Some("exit"), Some("always")));
        let rule = only("-A exit,always -F path=/usr/bin/dockerd");
        assert_eq!((rule.path.as_deref(), rule.is_tree), (Some("/usr/bin/dockerd"), false));
    }

    #[test]
    fn rules_that_keep_events_out_are_told() {
        for (text, is_exclusion) in [
            ("-a never,exit -F dir=/var/lib/docker", true),
            ("-a exit,never -F dir=/var/lib/docker", true),
            ("-a always,exclude -F msgtype=CWD", true),
            ("-a always,exit -F dir=/var/lib/docker", false),
            ("-w /never", false),
        ] {
            assert_eq!(only(text).is_exclusion, is_exclusion, "{text}");
        }
    }

    #[test]
    fn comments_are_no_rules_and_lines_are_counted() {
        let rules = parse("## a\n\n-D\n  # b\n-b 8192\r\n-f 1\n--backlog_wait_time 60000\n-e 2\n");
        let lines: Vec<_> = rules.iter().map(|rule| (rule.line, rule.text.as_str())).collect();
        assert_eq!(
            lines,
            [(3, "-D"), (5, "-b 8192"), (6, "-f 1"), (7, "--backlog_wait_time 60000"), (8, "-e 2")]
        );
        assert!(rules.iter().all(|rule| rule.kind == Kind::Control && rule.problem.is_none()));
    }

    #[test]
    fn what_a_later_line_removes_is_marked() {
        let rules = parse(
            "-w /a -k x\n-w /b -k y\n-a always,exit -S open\n-D -k y\n-W /a\n-d always,exit -S open\n-w /a\n-D\n-w /c",
        );
        let removed: Vec<_> = rules
            .iter()
            .filter(|rule| rule.kind != Kind::Control)
            .map(|rule| rule.removed_by)
            .collect();
        assert_eq!(removed, [Some(5), Some(4), Some(6), Some(8), None]);
    }

    #[test]
    fn a_line_that_auditctl_refuses_says_why() {
        for (text, words) in [
            ("-w", "nothing follows `-w`"),
            ("-w etc/docker", "absolute"),
            ("-a sometimes,exit -S open", "always,exit"),
            ("-a always", "always,exit"),
            ("-w /a -p wq", "`wq`"),
            ("-a always,exit -F path", "`path` is no comparison"),
            ("-a always,exit -F path=", "no comparison"),
            ("-k docker", "without -w"),
            ("-x", "`-x` is no option"),
            ("watch /a", "`watch`"),
        ] {
            let problem = only(text).problem.expect(text);
            assert!(problem.contains(words), "{text}: {problem}");
        }
    }
}
