//! Mounts and devices: the short forms with colons.
//! It must not know paths of the host: they are made absolute later.

use serde_json::{Value, json};

use super::{Fault, fault};
use crate::files::compose::path::clean;

/// `[source:]target[:options]`; a source that looks like a path is bound, any other is a volume's name.
pub(super) fn volume(value: &mut Value) -> Result<(), Fault> {
    let Value::String(text) = value else { return Ok(()) };
    let parts = split(text);
    let wrong = |what: &str| fault(format!("invalid volume `{text}`: {what}"));
    if text.is_empty() {
        return Err(fault("a volume is empty"));
    }
    if parts.iter().any(|part| part.is_empty()) {
        return Err(wrong("nothing between colons"));
    }
    let (source, target, options) = match parts[..] {
        [target] => ("", target, ""),
        [source, target] => (source, target, ""),
        [source, target, options] => (source, target, options),
        _ => return Err(wrong("too many colons")),
    };
    let mut mount = json!({"target": clean(target)});
    if is_path(source) {
        mount["type"] = "bind".into();
        mount["bind"] = json!({"create_host_path": true});
    } else {
        mount["type"] = "volume".into();
        mount["volume"] = json!({});
    }
    if !source.is_empty() {
        mount["source"] = source.into();
    }
    for option in options.split(',') {
        match option {
            "ro" => mount["read_only"] = true.into(),
            "rw" => mount["read_only"] = false.into(),
            "nocopy" => mount["volume"]["nocopy"] = true.into(),
            "z" | "Z" => mount["bind"]["selinux"] = option.into(),
            "rprivate" | "private" | "rshared" | "shared" | "rslave" | "slave" => {
                mount["bind"]["propagation"] = option.into();
            }
            // Compose takes any other word without a meaning
            _ => {}
        }
    }
    *value = mount;
    Ok(())
}

/// Splits at colons, but not at that of a Windows drive.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (place, _) in text.match_indices(':') {
        if !is_drive(&text[start..place]) {
            parts.push(&text[start..place]);
            start = place + 1;
        }
    }
    parts.push(&text[start..]);
    // a text of one or two characters is a target, whatever it is
    if text.len() <= 2 { vec![text] } else { parts }
}

fn is_drive(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(char::is_alphabetic) && characters.next().is_none()
}

fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~'])
        || source.starts_with(r"\\")
        || source.split_once(':').is_some_and(|(drive, _)| is_drive(drive))
}

/// `source[:target[:permissions]]`
pub(super) fn device(value: &mut Value) -> Result<(), Fault> {
    let Value::String(text) = value else { return Ok(()) };
    let mut parts = text.split(':');
    let source = parts.next().unwrap_or_default();
    let target = parts.next().filter(|target| !target.is_empty()).unwrap_or(source);
    let permissions = parts.next().unwrap_or("rwm");
    if parts.next().is_some() {
        return Err(fault(format!("invalid device `{text}`: too many colons; use the long form")));
    }
    *value = json!({"source": source, "target": target, "permissions": permissions});
    Ok(())
}
