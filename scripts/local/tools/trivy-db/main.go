// Command trivy-db makes a small vulnerability database in Trivy's own format and pushes it as the OCI artifact that
// Trivy pulls: https://github.com/aquasecurity/trivy-db, schema 2.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
	bolt "go.etcd.io/bbolt"
	"gopkg.in/yaml.v3"
)

// Media types of Trivy's artifact: trivy/pkg/db/db.go, trivy/pkg/oci/artifact.go.
const (
	layerMediaType  types.MediaType = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
	configMediaType types.MediaType = "application/vnd.aquasec.trivy.config.v1+json"
)

type advisories struct {
	Ecosystems map[string]struct {
		Source map[string]string `yaml:"source"`
		// Package, id, what Trivy's matcher of that ecosystem reads.
		Packages map[string]map[string]any `yaml:"packages"`
	} `yaml:"ecosystems"`
	// Id, what a report shows.
	Vulnerabilities map[string]any `yaml:"vulnerabilities"`
}

func main() {
	log.SetFlags(0)
	file := flag.String("advisories", "", "YAML file with the advisories")
	reference := flag.String("reference", "", "OCI reference to push to")
	flag.Parse()
	if err := run(*file, *reference, time.Now().UTC()); err != nil {
		log.Fatal(err)
	}
}

func run(file, reference string, now time.Time) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var given advisories
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&given); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	folder, err := os.MkdirTemp("", "trivy-db-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	database := filepath.Join(folder, "trivy.db")
	if err := write(database, given); err != nil {
		return err
	}
	metadata, err := json.Marshal(map[string]any{"Version": 2, "UpdatedAt": now, "NextUpdate": now.Add(24 * time.Hour)})
	if err != nil {
		return err
	}
	layer, err := archive(database, metadata)
	if err != nil {
		return err
	}
	return push(reference, layer)
}

// write makes the buckets: ecosystem → package → id, and what is known of each id and each ecosystem's source.
func write(database string, given advisories) error {
	db, err := bolt.Open(database, 0o600, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Update(func(tx *bolt.Tx) error {
		for ecosystem, of := range given.Ecosystems {
			if err := put(tx, of.Source, ecosystem, "data-source"); err != nil {
				return err
			}
			for pkg, ids := range of.Packages {
				for id, advisory := range ids {
					if _, known := given.Vulnerabilities[id]; !known {
						return fmt.Errorf("%s of %s (%s) is not below 'vulnerabilities'", id, pkg, ecosystem)
					}
					if err := put(tx, advisory, id, ecosystem, pkg); err != nil {
						return err
					}
				}
			}
		}
		for id, vulnerability := range given.Vulnerabilities {
			if err := put(tx, vulnerability, id, "vulnerability"); err != nil {
				return err
			}
		}
		return nil
	})
}

// put stores a value as JSON under its key in the nested buckets, which it makes.
func put(tx *bolt.Tx, value any, key string, buckets ...string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	bucket, err := tx.CreateBucketIfNotExists([]byte(buckets[0]))
	for _, name := range buckets[1:] {
		if err != nil {
			return err
		}
		bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
	}
	if err != nil {
		return err
	}
	return bucket.Put([]byte(key), text)
}

func archive(database string, metadata []byte) ([]byte, error) {
	content, err := os.ReadFile(database)
	if err != nil {
		return nil, err
	}
	var buffer bytes.Buffer
	zip := gzip.NewWriter(&buffer)
	tarball := tar.NewWriter(zip)
	for name, data := range map[string][]byte{"trivy.db": content, "metadata.json": metadata} {
		if err := tarball.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}); err != nil {
			return nil, err
		}
		if _, err := tarball.Write(data); err != nil {
			return nil, err
		}
	}
	for _, closer := range []io.Closer{tarball, zip} {
		if err := closer.Close(); err != nil {
			return nil, err
		}
	}
	return buffer.Bytes(), nil
}

func push(reference string, layer []byte) error {
	tag, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	image, err := mutate.Append(
		mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), configMediaType),
		mutate.Addendum{
			Layer:       static.NewLayer(layer, layerMediaType),
			MediaType:   layerMediaType,
			Annotations: map[string]string{"org.opencontainers.image.title": "db.tar.gz"},
		},
	)
	if err != nil {
		return err
	}
	return remote.Write(tag, image.(v1.Image), remote.WithAuthFromKeychain(authn.DefaultKeychain))
}
