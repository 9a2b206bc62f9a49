//! Why does a pool give no connection, and to which server does it lead?

use std::future::{Future, poll_fn};
use std::io::{Error as Io, ErrorKind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::redact::redacted;

/// How long the server is given to answer once more. The pool has waited for as long as its owner wanted.
const MOMENT: Duration = Duration::from_secs(3);

/// `error` with the server's address. A pool that waited in vain does not say what for: so `connect` is tried, beside the pool.
pub(super) async fn explained<C>(
    error: sqlx::Error,
    place: &str,
    connect: impl Future<Output = sqlx::Result<C>>,
) -> sqlx::Error {
    let error = match error {
        sqlx::Error::PoolTimedOut => match in_a_moment(connect).await {
            // There is a way in: somebody holds every connection of the pool.
            Some(Ok(_)) => return error,
            Some(Err(refused)) => refused,
            None => Io::new(ErrorKind::TimedOut, "it does not answer").into(),
        },
        other => other,
    };
    match error {
        sqlx::Error::Io(error) => {
            let said = format!("{}: {error}", address(place));
            Io::new(error.kind(), said).into()
        }
        other => other,
    }
}

/// What comes of it; none where it takes too long.
async fn in_a_moment<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut delay = pin!(futures_timer::Delay::new(MOMENT));
    poll_fn(|cx| {
        if let Poll::Ready(done) = future.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        delay.as_mut().poll(cx).map(|()| None)
    })
    .await
}

/// The URL without user, password and settings; a socket is an address.
fn address(url: &str) -> String {
    let (place, settings) = url.split_once('?').unwrap_or((url, ""));
    let is_socket = |setting: &&str| setting.starts_with("host=") || setting.starts_with("socket=");
    let socket = settings.split('&').find(is_socket);
    let socket = socket.map_or_else(String::new, |socket| format!("?{socket}"));
    redacted(&format!("{place}{}", socket.replace("%2F", "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_no_secret() {
        for (url, expected) in [
            (
                "postgres://ada:secret@db.example:5433/shop?sslmode=prefer",
                "postgres://db.example:5433/shop",
            ),
            (
                "mysql://root@localhost:3306/shop?ssl-mode=PREFERRED&socket=%2Frun%2Fmy.sock",
                "mysql://localhost:3306/shop?socket=/run/my.sock",
            ),
        ] {
            assert_eq!(address(url), expected);
        }
    }
}
