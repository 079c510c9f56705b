//! Where a path leads when the host's root is mounted somewhere: links are followed inside that root.
//! It must not know what lies there.

use std::collections::VecDeque;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

pub(super) use super::super::recorded::normal;
use super::why;
use crate::host::Seen;

/// How many links are followed on one path, as the kernel does.
const MOST_LINKS: usize = 40;

/// What a path leads to.
pub(super) enum Place {
    /// Nothing.
    Absent,
    /// A link that leads to nothing.
    Dangling { target: String, link: Metadata },
    /// Something, by the path on which there is no link.
    There { path: String, metadata: Metadata },
}

/// Follows a path of the host; the error names the part that could not be looked at, if that is not the path itself.
pub(super) fn follow(root: &Path, path: &str) -> Seen<Place> {
    let refused = |here: &str, error: &io::Error| {
        if here == normal(path) { why(error) } else { format!("{here}: {}", why(error)) }
    };
    let mut todo: VecDeque<String> = parts(path).collect();
    let mut done: Vec<String> = Vec::new();
    let mut links = 0;
    // the path itself, if it is a link
    let mut link = None;
    let mut metadata = look(root, "/").map_err(|error| refused("/", &error))?;
    while let Some(part) = todo.pop_front() {
        if part == ".." {
            done.pop();
        } else {
            done.push(part);
        }
        let here = joined(&done);
        metadata = match look(root, &here) {
            Ok(metadata) => metadata,
            Err(error) if is_absence(&error) => {
                done.extend(todo);
                let target = joined(&done);
                return Ok(link.map_or(Place::Absent, |link| Place::Dangling { target, link }));
            }
            Err(error) => return Err(refused(&here, &error)),
        };
        if !metadata.is_symlink() {
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err("too many symbolic links".to_owned());
        }
        let target = fs::read_link(outside(root, &here)).map_err(|error| refused(&here, &error))?;
        let target = target.to_string_lossy();
        done.pop();
        if target.starts_with('/') {
            done.clear();
        }
        if todo.is_empty() && link.is_none() {
            link = Some(metadata.clone());
        }
        let target: Vec<String> = parts(&target).collect();
        target.into_iter().rev().for_each(|part| todo.push_front(part));
    }
    // a link to the root itself leaves nothing to look at
    if metadata.is_symlink() {
        metadata = look(root, "/").map_err(|error| refused("/", &error))?;
    }
    Ok(Place::There { path: joined(&done), metadata })
}

fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned)
}

fn joined(parts: &[String]) -> String {
    format!("/{}", parts.join("/"))
}

/// Where a path of the host lies for this process.
pub(super) fn outside(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

fn look(root: &Path, path: &str) -> io::Result<Metadata> {
    let place = outside(root, path);
    // the root may be a link for this process, but is none for the host
    if path == "/" { fs::metadata(place) } else { fs::symlink_metadata(place) }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
