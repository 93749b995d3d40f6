"""The test CA with its certificates for hosts, signing keys, and the odd certificates of Microsoft Azure Attestation."""

import datetime
import os
import ssl
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
MAA_REPORT = x509.ObjectIdentifier("1.3.6.1.4.1.311.105.1")


def write(path, data):
    """At once, or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(data)
    os.replace(new, path)


def private_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def kept_key(path, make):
    """The key of a file, which is made the first time."""
    if not path.exists():
        write(path, private_pem(make()))
    return load_pem_private_key(path.read_bytes(), None)


def rsa_key(path, bits=2048):
    return kept_key(path, lambda: rsa.generate_private_key(65537, bits))


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def builder(subject, issuer, key, days):
    now = datetime.datetime.utcnow()
    return (x509.CertificateBuilder().subject_name(named(subject)).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=days)))


class Authority:
    """The CA of DIR/ca.pem. A second start in the same directory goes on with it."""

    def __init__(self, directory):
        self.hosts = directory / "tls"
        self.hosts.mkdir(exist_ok=True)
        self.key = kept_key(directory / "ca.key", ec_key)
        self.contexts, self.lock = {}, threading.Lock()
        file = directory / "ca.pem"
        if not file.exists():
            name = "CA of the Azure stand-in"
            extensions = (
                (x509.BasicConstraints(True, 0), True),
                (x509.KeyUsage(False, False, False, False, False, True, True, False, False), True),
                (x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), False))
            certificate = builder(name, named(name), self.key, 365)
            for extension, critical in extensions:
                certificate = certificate.add_extension(extension, critical)
            write(file, certificate.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))
        self.certificate = x509.load_pem_x509_certificate(file.read_bytes())

    def issue(self, host):
        key = ec_key()
        certificate = builder(host, self.certificate.subject, key, 30)
        for extension, critical in (
                (x509.SubjectAlternativeName([x509.DNSName(host)]), False),
                (x509.BasicConstraints(False, None), True),
                (x509.KeyUsage(True, False, False, False, False, False, False, False, False), True),
                (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
                (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
                (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)):
            certificate = certificate.add_extension(extension, critical)
        return private_pem(key) + certificate.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def context(self, host):
        """How a server of that name speaks TLS."""
        with self.lock:
            if host not in self.contexts:
                file = self.hosts / f"{host}.pem"
                write(file, self.issue(host))
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(file)
                context.set_alpn_protocols(["http/1.1"])
                self.contexts[host] = context
            return self.contexts[host]


def self_signed(key, name):
    """DER, as the key sets of Entra and of the TPM services have it."""
    return builder(name, named(name), key, 365).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def der(tag, content):
    size = len(content)
    length = bytes([size]) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes([tag]) + length + content


def attestation_certificate(key, url):
    """DER of the certificate that a provider of Microsoft Azure Attestation signs with: its own issuer, the URL as common
    name, an extension for the report of its enclave, and a notBefore of 2019 that is a GeneralizedTime against RFC 5280."""
    plain = (builder(url, named(url), key, 1)
             .add_extension(x509.UnrecognizedExtension(MAA_REPORT, b"here would be a report of the service's own enclave"), False)
             .sign(key, hashes.SHA256()))
    times = [(b"\x17\x0d" + moment.strftime("%y%m%d%H%M%SZ").encode()) for moment in (plain.not_valid_before, plain.not_valid_after)]
    odd = der(0x30, der(0x18, b"20190501000000Z") + der(0x18, b"20501231235959Z"))
    signed = der(0x30, plain.tbs_certificate_bytes[4:].replace(der(0x30, b"".join(times)), odd))
    signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return der(0x30, signed + SHA256_WITH_RSA + der(0x03, b"\0" + signature))
