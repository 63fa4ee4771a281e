//! Verifications per second, compared with the bare MAC with its key reused and with `standardwebhooks`, and the cost of
//! rejecting a forgery.
//!
//! Run with `cargo bench -p hb-portal-tests --bench verify`. Compare only within one run: machines differ, and so does
//! the load on one machine.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use hb_portal::SigningSecret;
use hb_portal::verify::{SignatureScheme, Signer, Verifier};
use hb_portal_tests::schemes::{paddle, slack, twitch};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use sha2::Sha256;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHERS: [&str; 2] = ["whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_BBBB9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const ROUNDS: usize = 21;
const ROUND: Duration = Duration::from_millis(15);

/// One execution of the measured code.
type Contender<'a> = Box<dyn Fn() + 'a>;

fn signed(scheme: SignatureScheme, body: &[u8]) -> HeaderMap {
    let signer = Signer::new(scheme, &SigningSecret::new(SECRET)).unwrap();
    signer.sign_at(ID, SystemTime::now(), body).unwrap()
}

/// Returns a verifier that accepts the signing secret, after `others`, which do not sign.
fn verifier(scheme: SignatureScheme, others: &[&str]) -> Verifier {
    let secrets: Vec<SigningSecret> = others.iter().chain([&SECRET]).map(|text| SigningSecret::new(*text)).collect();
    let first = Verifier::new(scheme, &secrets[0]).unwrap();
    secrets[1..].iter().fold(first, |verifier, secret| verifier.also_accept(secret).unwrap())
}

/// Returns the verification of a valid delivery, and of a forged one with the same headers but another body.
fn pair<'a>(scheme: SignatureScheme, others: &[&str], body: &'a [u8], forged: &'a [u8]) -> [Contender<'a>; 2] {
    let (verifier, headers) = (verifier(scheme.clone(), others), signed(scheme, body));
    let (same, same_headers) = (verifier.clone(), headers.clone());
    [
        Box::new(move || {
            black_box(verifier.verify(black_box(&headers), black_box(body)).unwrap());
        }),
        Box::new(move || drop(black_box(same.verify(black_box(&same_headers), black_box(forged)).unwrap_err()))),
    ]
}

/// Returns the rates per round. The contenders take turns, so that a slow minute affects all of them; `batch` is the
/// number of runs between two readings of the clock.
fn rates(contenders: &[Contender<'_>], batch: u32) -> Vec<Vec<f64>> {
    let mut rounds = vec![Vec::new(); contenders.len()];
    for _ in 0..ROUNDS {
        for (verify, rates) in contenders.iter().zip(&mut rounds) {
            let started = Instant::now();
            let mut count = 0_u32;
            while started.elapsed() < ROUND {
                for _ in 0..batch {
                    verify();
                }
                count += batch;
            }
            rates.push(f64::from(count) / started.elapsed().as_secs_f64());
        }
    }
    rounds
}

/// Returns the rate of the best round, the one with the least interference from other processes.
fn best(rates: &[f64]) -> f64 {
    rates.iter().copied().fold(0.0, f64::max)
}

fn ratio(rates: &[f64], others: &[f64]) -> f64 {
    best(rates) / best(others)
}

/// Returns a JSON body of `size` bytes with content that PHP and Python encode differently.
fn json(size: usize, letter: &str) -> Vec<u8> {
    let mut body = r#"{"url":"https://x.example/a","name":""#.to_owned();
    while body.len() + letter.len() + 2 <= size {
        body.push_str(letter);
    }
    body.push_str("\"}");
    body.push_str(&" ".repeat(size - body.len()));
    body.into_bytes()
}

fn main() {
    let schemes = [
        ("hmac_sha256_hex", SignatureScheme::hmac_sha256_hex("Signature")),
        ("hmac_sha256_base64", SignatureScheme::hmac_sha256_base64("Signature")),
        ("github", SignatureScheme::github()),
        ("stripe", SignatureScheme::stripe("Stripe-Signature")),
        ("standard_webhooks", SignatureScheme::standard_webhooks()),
        ("slack", slack("X-Slack-Signature", "X-Slack-Request-Timestamp")),
        ("paddle", paddle()),
        ("twitch", twitch()),
    ];
    println!(
        "| body | scheme | verifications/s | of the bare MAC | of standardwebhooks | a forgery costs, 1 secret | 3 secrets |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (size, name) in [(256, "256 B"), (1024, "1 KiB"), (16 * 1024, "16 KiB"), (1024 * 1024, "1 MiB")] {
        for (kind, letter) in [("ASCII", "x"), ("not ASCII", "é")] {
            let (body, forged) = (json(size, letter), json(size, if letter == "x" { "y" } else { "è" }));
            let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
            let tag = key.clone().chain_update(&body).finalize().into_bytes();
            let bare = || {
                let mac = key.clone().chain_update(black_box(&body));
                mac.verify_slice(black_box(&tag)).unwrap();
            };
            let peer = standardwebhooks::Webhook::new(SECRET).unwrap();
            let headers = signed(SignatureScheme::standard_webhooks(), &body);
            let theirs = || peer.verify(black_box(&body), black_box(&headers)).unwrap();
            let mut contenders: Vec<Contender<'_>> = vec![Box::new(bare), Box::new(theirs)];
            for (_, scheme) in &schemes {
                contenders.extend(pair(scheme.clone(), &[], &body, &forged));
                contenders.extend(pair(scheme.clone(), &OTHERS, &body, &forged));
            }
            // One long body takes as long as many short ones.
            let rates = rates(&contenders, if size > 64 * 1024 { 1 } else { 8 });
            let row = |scheme: &str, rate: &[f64], forged: [f64; 2]| {
                let of = [&rates[0], &rates[1]].map(|other| ratio(rate, other));
                let cost = forged.map(|cost| if cost.is_nan() { "".to_owned() } else { format!("{cost:.2}") });
                let rate = best(rate);
                println!(
                    "| {name}, {kind} | {scheme} | {rate:.0} | {:.2} | {:.1} | {} | {} |",
                    of[0], of[1], cost[0], cost[1]
                );
            };
            row("bare HMAC-SHA256, key reused", &rates[0], [f64::NAN; 2]);
            row("standardwebhooks 1.0.1", &rates[1], [f64::NAN; 2]);
            for ((scheme, _), rates) in schemes.iter().zip(rates[2..].chunks(4)) {
                row(scheme, &rates[0], [ratio(&rates[0], &rates[1]), ratio(&rates[2], &rates[3])]);
            }
        }
    }
}
