//! Does the application migrate before it serves, and tell how its database stands?

#![allow(clippy::unwrap_used, reason = "a test says it with a panic")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// Ends the server whatever the test says.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn health_tells_what_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server(
        Command::new(env!("CARGO_BIN_EXE_web"))
            .arg(folder.path().join("notes.db"))
            .arg("127.0.0.1:0")
            .env("ONWARD_ENV", "development")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let told = BufReader::new(server.0.stdout.take().unwrap());
    let address = told
        .lines()
        .map(Result::unwrap)
        .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
        .expect("the server ended before it listened");

    let answer = ask(&address, "/health");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\"ready\":true"), "{answer}");
    assert!(answer.contains("\"name\":\"archive_notes\""), "{answer}");
    assert!(ask(&address, "/").ends_with("[]"));
    assert!(ask(&address, "/newest").ends_with("[]"));
}

fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
