//! TLS before the emulator, as AWS has it: what reading the roots and shaking hands adds to a cold start.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Where distributions keep the roots that a program trusts.
const ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Ends TLS and passes on what is inside. Dropping it ends it.
pub struct Terminator {
    address: String,
    roots: PathBuf,
    /// The root alone.
    one: PathBuf,
    server: JoinHandle<()>,
}

impl Terminator {
    /// Stands before an address of the loopback. Its root is written into `folder` by itself, for Node, which has others built in,
    /// and together with the machine's own: a program that trusts one root only would have less to read than in the cloud.
    pub async fn stand(before: &str, folder: &Path) -> anyhow::Result<Self> {
        let upstream = before.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut params = CertificateParams::new(Vec::new())?;
        // OpenSSL takes a certificate whose issuer has its own name for one that signed itself.
        params.distinguished_name.push(DnType::CommonName, "the root of a benchmark");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names)?.signed_by(&key, &root)?;
        let key = PrivateKeyDer::try_from(key.serialize_der())
            .map_err(|reason| anyhow::anyhow!("an odd key: {reason}"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        let own = ROOTS.iter().find_map(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let (roots, one) = (folder.join("roots.pem"), folder.join("root.pem"));
        for (file, text) in [(&roots, format!("{own}\n{}", root.pem())), (&one, root.pem())] {
            fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.context("there is no free port")?;
        let address = format!("https://localhost:{}", listener.local_addr()?.port());
        let server = tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), upstream));
        Ok(Self { address, roots, one, server })
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// By which programs are told what to trust: ours, Node and Python.
    pub fn variables(&self) -> [(String, String); 3] {
        let files = [
            ("SSL_CERT_FILE", &self.roots),
            ("NODE_EXTRA_CA_CERTS", &self.one),
            ("AWS_CA_BUNDLE", &self.roots),
        ];
        files.map(|(name, file)| (name.to_owned(), file.display().to_string()))
    }
}

impl Drop for Terminator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, upstream: String) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
        tokio::spawn(async move {
            // A connection ends when its function does.
            let Ok(mut inside) = acceptor.accept(stream).await else { return };
            let Ok(mut outside) = TcpStream::connect(&upstream).await else { return };
            let _ = outside.set_nodelay(true);
            let _ = copy_bidirectional(&mut inside, &mut outside).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_is_inside_of_tls_is_passed_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = format!("http://{}", listener.local_addr().unwrap());
        let answered = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0_u8; 16];
            let read = stream.read(&mut request).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                .await
                .unwrap();
            String::from_utf8_lossy(&request[..read]).into_owned()
        });
        let folder = tempfile::tempdir().unwrap();
        let terminator = Terminator::stand(&upstream, folder.path()).await.unwrap();
        let roots = fs::read(folder.path().join("roots.pem")).unwrap();
        let roots = reqwest::Certificate::from_pem_bundle(&roots).unwrap();
        let client = roots
            .into_iter()
            .fold(
                reqwest::Client::builder().no_proxy(),
                reqwest::ClientBuilder::add_root_certificate,
            )
            .build()
            .unwrap();
        let answer = client.get(terminator.address()).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok");
        assert!(answered.await.unwrap().starts_with("GET / HTTP/1.1"));
    }
}
