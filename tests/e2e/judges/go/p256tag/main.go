// Opens a file of age with a P-256 key in a PEM file, in the place of the hardware that would hold it: the format by
// age itself, HPKE by filippo.io/hpke. main KEY.pem <FILE
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"os"

	"filippo.io/age"
	"filippo.io/age/tag"
	"filippo.io/hpke"
)

type identity struct {
	key       hpke.PrivateKey
	recipient *tag.Recipient
}

func (i identity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != "p256tag" || len(s.Args) != 2 {
			continue
		}
		tagOf, err1 := base64.RawStdEncoding.DecodeString(s.Args[0])
		enc, err2 := base64.RawStdEncoding.DecodeString(s.Args[1])
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		if ours, err := i.recipient.Tag(enc); err != nil || !bytes.Equal(ours, tagOf) {
			continue
		}
		r, err := hpke.NewRecipient(enc, i.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte("age-encryption.org/p256tag"))
		if err != nil {
			return nil, err
		}
		return r.Open(nil, s.Body)
	}
	return nil, age.ErrIncorrectIdentity
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	block, _ := pem.Decode(must(os.ReadFile(os.Args[1])))
	private := must(x509.ParsePKCS8PrivateKey(block.Bytes)).(*ecdsa.PrivateKey)
	public := elliptic.MarshalCompressed(private.Curve, private.X, private.Y)
	one := identity{must(hpke.NewDHKEMPrivateKey(must(private.ECDH()))), must(tag.NewClassicRecipient(public))}
	must(io.Copy(os.Stdout, must(age.Decrypt(os.Stdin, one))))
}
