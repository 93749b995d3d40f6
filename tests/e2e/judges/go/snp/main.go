// snp judges SNP reports with go-sev-guest: each folder below the given one holds report.bin, ark.der, ask.der,
// vcek.der or vlek.der, perhaps crl.der, root.der (to be trusted in place of AMD's) and time. It prints a line for each:
// name, tab, "good" or the stage and reason of the refusal.
package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-sev-guest/abi"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/validate"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/trust"
)

type list struct{ der []byte }

func (l list) Get(string) ([]byte, error) { return l.der, nil }

func read(folder, name string) []byte {
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return nil
	}
	return data
}

func certificate(der []byte, what string) (*x509.Certificate, error) {
	result, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%s: %v", what, err)
	}
	return result, nil
}

// trusted says which product's root the certificate is, by its key.
func trusted(ark *x509.Certificate, root []byte) (string, error) {
	product, ok := strings.CutPrefix(ark.Subject.CommonName, "ARK-")
	if !ok {
		return "", fmt.Errorf("root: %s", ark.Subject.CommonName)
	}
	known := trust.DefaultRootCerts[product]
	if known == nil {
		return "", fmt.Errorf("root: no product %s", product)
	}
	anchor := known.ProductCerts.Ark
	if root != nil {
		var err error
		if anchor, err = certificate(root, "root"); err != nil {
			return "", err
		}
	}
	if !bytes.Equal(anchor.RawSubjectPublicKeyInfo, ark.RawSubjectPublicKeyInfo) {
		return "", errors.New("root: another key than the trusted one")
	}
	return product, nil
}

func roots(folder string) (map[string][]*trust.AMDRootCerts, error) {
	ark, err := certificate(read(folder, "ark.der"), "root")
	if err != nil {
		return nil, err
	}
	product, err := trusted(ark, read(folder, "root.der"))
	if err != nil {
		return nil, err
	}
	ask, err := certificate(read(folder, "ask.der"), "intermediate")
	if err != nil {
		return nil, err
	}
	certs := &trust.ProductCerts{Ark: ark, Ask: ask, Asvk: ask}
	return map[string][]*trust.AMDRootCerts{product: {{ProductLine: product, ProductCerts: certs}}}, nil
}

func judge(folder string) (err error) {
	defer func() {
		if found := recover(); found != nil {
			err = fmt.Errorf("panic: %v", found)
		}
	}()
	raw := read(folder, "report.bin")
	if len(raw) != abi.ReportSize {
		return fmt.Errorf("size: %d", len(raw))
	}
	report, err := abi.ReportToProto(raw)
	if err != nil {
		return fmt.Errorf("parse: %v", err)
	}
	anchors, err := roots(folder)
	if err != nil {
		return err
	}
	now, err := time.Parse(time.RFC3339, strings.TrimSpace(string(read(folder, "time"))))
	if err != nil {
		return err
	}
	attestation := &spb.Attestation{Report: report, CertificateChain: &spb.CertificateChain{
		VcekCert: read(folder, "vcek.der"), VlekCert: read(folder, "vlek.der"),
		AskCert: read(folder, "ask.der"), ArkCert: read(folder, "ark.der")}}
	crl := read(folder, "crl.der")
	options := &verify.Options{DisableCertFetching: true, CheckRevocations: crl != nil, Getter: list{crl},
		Now: now, TrustedRoots: anchors}
	if err := verify.SnpAttestation(attestation, options); err != nil {
		return fmt.Errorf("verify: %v", err)
	}
	// What a session can tolerate is; what it can not, is not.
	if err := validate.SnpAttestation(attestation, &validate.Options{
		GuestPolicy: abi.SnpPolicy{Debug: true, SMT: true}, PermitProvisionalFirmware: true}); err != nil {
		return fmt.Errorf("validate: %v", err)
	}
	return nil
}

func main() {
	folders, err := filepath.Glob(filepath.Join(os.Args[1], "*"))
	if err != nil || len(folders) == 0 {
		fmt.Fprintln(os.Stderr, "no cases:", err)
		os.Exit(1)
	}
	for _, folder := range folders {
		answer := "good"
		if err := judge(folder); err != nil {
			answer = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Printf("%s\t%s\n", filepath.Base(folder), answer)
	}
}
