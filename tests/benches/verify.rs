//! Verifications a second, beside the bare MAC with its key reused and beside `standardwebhooks`.
//!
//! `cargo bench -p hb-portal-tests --bench verify`. Compare within one run: machines differ, and so do their minutes.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{SignatureScheme, Signer, Verifier};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::Sha256;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const ROUNDS: usize = 31;
const ROUND: Duration = Duration::from_millis(30);

/// What is measured: its name, and one verification.
type Contender<'a> = (&'static str, Box<dyn Fn() + 'a>);

fn signed(scheme: SignatureScheme, body: &[u8]) -> (Verifier, HeaderMap) {
    let secret = SigningSecret::new(SECRET);
    let headers = Signer::new(scheme.clone(), &secret).unwrap().sign_at(ID, SystemTime::now(), body).unwrap();
    (Verifier::new(scheme, &secret).unwrap(), headers)
}

/// The rates in rounds that take turns, so that a slow minute strikes all alike.
fn rates(contenders: &[Contender<'_>]) -> Vec<Vec<f64>> {
    let mut rounds = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for ((_, verify), rates) in contenders.iter().zip(&mut rounds) {
            let started = Instant::now();
            let mut count = 0_u32;
            while started.elapsed() < ROUND {
                // Several between two looks at the clock.
                for _ in 0..8 {
                    verify();
                }
                count += 8;
            }
            rates.push(f64::from(count) / started.elapsed().as_secs_f64());
        }
    }
    rounds
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median of the ratios within each round.
fn ratio(rates: &[f64], others: &[f64]) -> f64 {
    median(rates.iter().zip(others).map(|(rate, other)| rate / other))
}

fn main() {
    println!("| body | what | verifications/s | of the bare MAC | of standardwebhooks |\n|---|---|---|---|---|");
    for (size, name) in [(256, "256 B"), (1024, "1 KiB"), (16 * 1024, "16 KiB"), (1024 * 1024, "1 MiB")] {
        let body = vec![b'x'; size];
        let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        let tag = key.clone().chain_update(&body).finalize().into_bytes();
        let bare = || {
            let mac = key.clone().chain_update(black_box(&body));
            mac.verify_slice(black_box(&tag)).unwrap();
        };
        // What Standard Webhooks signs is longer, and comes in two pieces.
        let before = format!("{ID}.1700000000.");
        let tag_of_all = key.clone().chain_update(&before).chain_update(&body).finalize().into_bytes();
        let bare_of_all = || {
            let mac = key.clone().chain_update(black_box(&before)).chain_update(black_box(&body));
            mac.verify_slice(black_box(&tag_of_all)).unwrap();
        };
        let peer = standardwebhooks::Webhook::new(SECRET).unwrap();
        let (_, peer_headers) = signed(SignatureScheme::standard_webhooks(), &body);
        let theirs = || peer.verify(black_box(&body), black_box(&peer_headers)).unwrap();
        let mut contenders: Vec<Contender<'_>> = vec![
            ("bare HMAC-SHA256, key reused", Box::new(bare)),
            ("standardwebhooks 1.0.1", Box::new(theirs)),
            ("bare, of id.timestamp.body", Box::new(bare_of_all)),
        ];
        let ours = [
            ("hmac_sha256_hex", SignatureScheme::hmac_sha256_hex("Signature")),
            ("hmac_sha256_base64", SignatureScheme::hmac_sha256_base64("Signature")),
            ("github", SignatureScheme::github()),
            ("stripe", SignatureScheme::stripe("Stripe-Signature")),
            ("standard_webhooks", SignatureScheme::standard_webhooks()),
        ];
        for (name, scheme) in ours {
            let (verifier, headers) = signed(scheme, &body);
            let body = &body;
            contenders.push((
                name,
                Box::new(move || {
                    black_box(verifier.verify(black_box(&headers), black_box(body)).unwrap());
                }),
            ));
        }
        let rates = rates(&contenders);
        for ((what, _), rate) in contenders.iter().zip(&rates) {
            let (bare, theirs) = (ratio(rate, &rates[0]), ratio(rate, &rates[1]));
            println!("| {name} | {what} | {:.0} | {bare:.2} | {theirs:.1} |", median(rate.iter().copied()));
        }
    }
}
