//! Log lines as hosts read them from stderr: one line a record, level first (R-26 to R-29).
//! It must not write to stdout, and never panics over a closed stderr.

use std::fmt::{self, Write as _};
use std::io::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::handshake::Environment;

/// Hosts split longer lines.
const LONGEST_LINE: usize = 60 * 1024;

/// Starts logging and makes a panic one line of it.
pub(crate) fn start(environment: &Environment) {
    let level = ["STEAMPIPE_LOG_LEVEL", "SP_LOG", "STEAMPIPE_LOG"]
        .iter()
        .find_map(|name| environment.get(name));
    let lines = Lines { level: level.map_or(Some(Level::WARN), parse_level) };
    // a second start, as in a test, keeps the first one's logger
    let _ = tracing::subscriber::set_global_default(Registry::default().with(lines));
    std::panic::set_hook(Box::new(|panic| write_line(Level::ERROR, &format!("panic: {panic}"))));
}

/// `None` is off; a word that is no level acts as INFO.
fn parse_level(text: &str) -> Option<Level> {
    match text.to_ascii_uppercase().as_str() {
        "TRACE" => Some(Level::TRACE),
        "DEBUG" => Some(Level::DEBUG),
        "WARN" => Some(Level::WARN),
        "ERROR" => Some(Level::ERROR),
        "OFF" => None,
        _ => Some(Level::INFO),
    }
}

struct Lines {
    level: Option<Level>,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    /// Our own records only: what the HTTP/2 layer says at TRACE would drown them.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let own = metadata.target().split("::").next() == module_path!().split("::").next();
        own && (metadata.is_span() || self.level.is_some_and(|level| *metadata.level() <= level))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut call = CallId::default();
        attributes.record(&mut call);
        if let (Some(span), false) = (context.span(id), call.0.is_empty()) {
            span.extensions_mut().insert(call);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut text = String::new();
        let call = context.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<CallId>().map(|call| call.0.clone()))
        });
        if let Some(call) = call {
            text.push_str(&call);
            text.push_str(": ");
        }
        let mut fields = Fields { message: String::new(), rest: String::new() };
        event.record(&mut fields);
        text.push_str(&fields.message);
        text.push_str(&fields.rest);
        write_line(*event.metadata().level(), &text);
    }
}

/// The host's id of a query: lines of one query begin with it.
#[derive(Default)]
struct CallId(String);

impl Visit for CallId {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "call_id" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

struct Fields {
    message: String,
    rest: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.rest, " {name}={value:?}"),
        };
    }
}

/// Writes `[LEVEL] text`. If nobody reads stderr any more the host is gone, which the watch on the parent notices.
fn write_line(level: Level, text: &str) {
    let _ = std::io::stderr().write_all(line(level, text).as_bytes());
}

fn line(level: Level, text: &str) -> String {
    // the level starts the line, so that no text can make the host take it for a JSON record (R-27)
    let mut line = format!("{:<8}", format!("[{level}]"));
    for character in text.chars() {
        match character {
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            other => line.push(other),
        }
        if line.len() > LONGEST_LINE {
            line.push('…');
            break;
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_with_its_level_in_eight_columns() {
        assert_eq!(line(Level::INFO, "a\nb"), "[INFO]  a\\nb\n");
        assert_eq!(line(Level::ERROR, "x"), "[ERROR] x\n");
    }

    #[test]
    fn a_huge_record_is_cut_below_the_hosts_limit() {
        let line = line(Level::DEBUG, &"ž".repeat(100_000));
        assert!(line.len() < 64 * 1024 && line.ends_with("…\n"));
    }

    #[test]
    fn levels_are_case_insensitive_and_an_unknown_word_is_info() {
        assert_eq!(parse_level("trace"), Some(Level::TRACE));
        assert_eq!(parse_level("loud"), Some(Level::INFO));
        assert_eq!(parse_level("Off"), None);
    }
}
