package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"sync"
	"time"
)

// site is the name in the certificate of every endpoint.
const site = "site.test"

// shapes of chains that public authorities issue: the keys of leaf, intermediate and root.
var shapes = map[string][3]func() (crypto.Signer, error){
	"ec":  {curve(elliptic.P256()), curve(elliptic.P256()), curve(elliptic.P256())},
	"rsa": {modulus(2048), modulus(2048), modulus(4096)},
	"le":  {curve(elliptic.P256()), curve(elliptic.P384()), curve(elliptic.P384())}, // Let's Encrypt's E-series
}

func curve(c elliptic.Curve) func() (crypto.Signer, error) {
	return func() (crypto.Signer, error) { return ecdsa.GenerateKey(c, rand.Reader) }
}

func modulus(bits int) func() (crypto.Signer, error) {
	return func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) }
}

// authority issues a leaf of its own for each address, as a fleet has: the key of all leaves is one, which nobody who verifies sees.
type authority struct {
	root, middle *x509.Certificate
	leafKey      crypto.Signer
	middleKey    crypto.Signer

	mu     sync.Mutex
	leaves map[netip.Addr]*tls.Certificate
}

func newAuthority(shape string) (*authority, error) {
	var keys [3]crypto.Signer
	for i, generate := range shapes[shape] {
		key, err := generate()
		if err != nil {
			return nil, err
		}
		keys[i] = key
	}
	root, err := certify("root", true, keys[2], nil, keys[2])
	if err != nil {
		return nil, err
	}
	middle, err := certify("intermediate", true, keys[1], root, keys[2])
	return &authority{root: root, middle: middle, leafKey: keys[0], middleKey: keys[1], leaves: map[netip.Addr]*tls.Certificate{}}, err
}

// certify makes a certificate for a key; a nil issuer is the certificate itself.
func certify(name string, authority bool, key crypto.Signer, issuer *x509.Certificate, by crypto.Signer) (*x509.Certificate, error) {
	number, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(0, 3, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	if authority {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	} else {
		template.DNSNames, template.ExtKeyUsage = []string{name}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// config is a server's.
func (a *authority) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		at, err := netip.ParseAddrPort(hello.Conn.LocalAddr().String())
		if err != nil {
			return nil, err
		}
		return a.leaf(at.Addr())
	}}
}

func (a *authority) leaf(at netip.Addr) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf := a.leaves[at]; leaf != nil {
		return leaf, nil
	}
	cert, err := certify(site, false, a.leafKey, a.middle, a.middleKey)
	if err != nil {
		return nil, err
	}
	leaf := &tls.Certificate{Certificate: [][]byte{cert.Raw, a.middle.Raw}, PrivateKey: a.leafKey, Leaf: cert}
	a.leaves[at] = leaf
	return leaf, nil
}

// writeRoots writes the roots to a file that stands for the machine's.
func writeRoots(all ...*authority) (path string, err error) {
	f, err := os.CreateTemp("", "opsbot-bench-roots-")
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if err := pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw}); err != nil {
			return "", fmt.Errorf("write the roots: %w", err)
		}
	}
	return f.Name(), f.Close()
}
