//! A real browser: Debian's Chromium without a screen, driven through chromedriver's W3C `WebDriver` API.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::Process;
use super::{binary, free_port};

/// The key of an element's reference in `WebDriver`'s answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long a page may take to show what is looked for.
const PATIENCE_MS: u64 = 20_000;

/// A browser with one window. Dropping it closes it.
pub struct Browser {
    driver: Process,
    port: u16,
    session: String,
    client: Client,
    _folder: TempDir,
}

impl Browser {
    /// Starts it with an empty page.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("slo-browser-").tempdir().unwrap();
        let port = free_port();
        let mut command = Command::new(binary(&["/usr/bin/chromedriver"], "chromium-driver"));
        command.arg(format!("--port={port}")).current_dir(folder.path());
        let mut driver = Process::start("chromedriver", command, folder.path());
        drop(rustls::crypto::ring::default_provider().install_default());
        // A browser that does not start or answer is a failure, not an endless wait.
        let client = Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
        let status = format!("http://127.0.0.1:{port}/status");
        driver.ready(Duration::from_mins(1), async || client.get(&status).send().await.is_ok()).await;
        let profile = format!("--user-data-dir={}", folder.path().join("profile").display());
        let options = json!({
            "binary": binary(&["/usr/bin/chromium"], "chromium"),
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", profile],
        });
        let mut browser = Self { driver, port, session: String::new(), client, _folder: folder };
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let opened = browser.ask(Method::POST, "/session", &wanted).await;
        browser.session = opened["sessionId"].as_str().unwrap_or_else(|| panic!("{opened}")).to_owned();
        browser.command(Method::POST, "timeouts", &json!({"implicit": PATIENCE_MS})).await;
        browser
    }

    /// Its process id, to see that it lives.
    pub fn pid(&self) -> u32 {
        self.driver.pid()
    }

    /// Opens a page.
    pub async fn open(&self, url: &str) {
        self.command(Method::POST, "url", &json!({"url": url})).await;
    }

    /// Where it is.
    pub async fn place(&self) -> String {
        self.command(Method::GET, "url", &Value::Null).await.as_str().unwrap().to_owned()
    }

    /// The page's text as it is seen.
    pub async fn text(&self) -> String {
        let body = self.find("css selector", "body").await;
        self.command(Method::GET, &format!("element/{body}/text"), &Value::Null)
            .await
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Waits until some element has this text.
    pub async fn see(&self, text: &str) {
        self.find("xpath", &format!("//body//*[contains(normalize-space(.), '{text}')]")).await;
    }

    /// Presses the first button with this text.
    pub async fn press(&self, text: &str) {
        let button =
            self.find("xpath", &format!("//button[starts-with(normalize-space(.), '{text}')]")).await;
        self.command(Method::POST, &format!("element/{button}/click"), &json!({})).await;
    }

    /// Types into the first field that a selector finds.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find("css selector", css).await;
        self.command(Method::POST, &format!("element/{field}/clear"), &json!({})).await;
        self.command(Method::POST, &format!("element/{field}/value"), &json!({"text": text})).await;
    }

    /// What a script answers in the page.
    pub async fn ask_page(&self, script: &str) -> Value {
        self.command(Method::POST, "execute/sync", &json!({"script": script, "args": []})).await
    }

    /// What the page's console said: refused styles, scripts and forms among it.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.command(Method::POST, "se/log", &json!({"type": "browser"})).await;
        log.as_array().unwrap().iter().map(|line| line["message"].to_string()).collect()
    }

    /// Waits for an element that is to come.
    async fn find(&self, using: &str, value: &str) -> String {
        let found = self.command(Method::POST, "element", &json!({"using": using, "value": value})).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    async fn command(&self, method: Method, what: &str, body: &Value) -> Value {
        self.ask(method, &format!("/session/{}/{what}", self.session), body).await
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let mut request =
            self.client.request(method.clone(), format!("http://127.0.0.1:{}{path}", self.port));
        if method == Method::POST {
            request = request.json(body);
        }
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let value = answer["value"].clone();
        assert!(value["error"].is_null(), "{path} {body}: {} {}", value["error"], value["message"]);
        value
    }
}

impl Drop for Browser {
    /// chromedriver leaves its browser alone when it is stopped, so the browser is closed first.
    fn drop(&mut self) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return };
        let (session, port) = (&self.session, self.port);
        let request = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        );
        // It answers when the browser has gone, and keeps the connection open.
        let mut answer = [0; 1];
        let asked = stream.set_read_timeout(Some(Duration::from_secs(10)));
        drop(
            asked.and_then(|()| stream.write_all(request.as_bytes())).and_then(|()| stream.read(&mut answer)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shows_a_page() {
        let browser = Browser::start().await;
        browser.open("data:text/html,<h1>Hello</h1>").await;
        browser.see("Hello").await;
        assert_eq!(browser.text().await, "Hello");
    }
}
