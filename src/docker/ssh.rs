//! An engine behind ssh: a child process whose standard input and output are the connection.
//! It must not know HTTP; it is the only place that starts a program.

use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

/// How many connections one engine gets: servers start to refuse when more than ten log in at once.
pub(super) const MOST_CONNECTIONS: usize = 8;

/// How much of what ssh complains about is kept, in bytes.
const COMPLAINT_LIMIT: usize = 2048;

/// Who is asked to reach an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) user: Option<String>,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    /// The engine's socket over there, if it is not where docker looks.
    pub(super) socket: Option<String>,
}

impl Destination {
    /// The arguments of ssh: those that docker itself gives.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if let Some(user) = &self.user {
            arguments.extend(["-l".to_owned(), user.clone()]);
        }
        if let Some(port) = self.port {
            arguments.extend(["-p".to_owned(), port.to_string()]);
        }
        arguments.extend(["-o", "ConnectTimeout=30", "-T", "--"].map(str::to_owned));
        arguments.extend([self.host.clone(), "docker".to_owned()]);
        if let Some(socket) = &self.socket {
            arguments.push(quote(&format!("--host=unix://{socket}")));
        }
        arguments.extend(["system", "dial-stdio"].map(str::to_owned));
        arguments
    }

    /// Starts the program, which is `ssh` but in tests.
    pub(super) fn connect(&self, program: &str) -> io::Result<Connection> {
        let mut child = Command::new(program)
            .args(self.arguments())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                io::Error::new(error.kind(), Failed(format!("cannot start `{program}`: {error}")))
            })?;
        match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            (Some(stdin), Some(stdout), Some(stderr)) => Ok(Connection {
                stdin,
                stdout,
                stderr,
                answered: false,
                complaint: Vec::new(),
                _child: child,
            }),
            _ => Err(io::Error::other("a child process without pipes")),
        }
    }
}

/// The shell of the far end takes its words apart again.
fn quote(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Why ssh ended before the engine said a word.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failed(pub(super) String);

/// A connection through a child process, which ends with it.
#[derive(Debug)]
pub(super) struct Connection {
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    answered: bool,
    complaint: Vec<u8>,
    _child: Child,
}

impl Connection {
    /// The far end closed without a word: what it complained about is the error.
    fn poll_complaint(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            let mut bytes = [0; 512];
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(&mut self.stderr).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() && self.complaint.len() < COMPLAINT_LIMIT => {
                    self.complaint.extend_from_slice(buffer.filled());
                }
                Ok(()) => break,
                Err(error) => return Poll::Ready(error),
            }
        }
        let text = String::from_utf8_lossy(&self.complaint);
        let complaint = match text.trim() {
            "" => "ssh ended without a word".to_owned(),
            text => text.replace(['\r', '\n'], " "),
        };
        Poll::Ready(io::Error::other(Failed(complaint)))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stdout).poll_read(context, buffer))?;
        self.answered |= buffer.filled().len() > before;
        if self.answered { Poll::Ready(Ok(())) } else { self.poll_complaint(context).map(Err) }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match ready!(Pin::new(&mut self.stdin).poll_write(context, bytes)) {
            // reading will tell why ssh has ended, writing cannot
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Poll::Ready(Ok(bytes.len())),
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdin).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_those_of_docker() {
        let mut destination =
            Destination { user: None, host: "build".to_owned(), port: None, socket: None };
        assert_eq!(
            destination.arguments().join(" "),
            "-o ConnectTimeout=30 -T -- build docker system dial-stdio"
        );
        destination.user = Some("ann".to_owned());
        destination.port = Some(2222);
        destination.socket = Some("/run/user/1000/docker.sock".to_owned());
        assert_eq!(
            destination.arguments().join(" "),
            "-l ann -p 2222 -o ConnectTimeout=30 -T -- build docker --host=unix:///run/user/1000/docker.sock system dial-stdio"
        );
    }

    #[test]
    fn the_far_shell_gets_a_socket_as_one_word() {
        assert_eq!(quote("--host=unix:///a b"), "'--host=unix:///a b'");
        assert_eq!(quote("x';reboot;'"), r"'x'\'';reboot;'\'''");
    }
}
