package bundle

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

// Opened is a bundle that was read.
type Opened struct {
	Manifest Manifest
	inputs   map[string]doctor.Packed
}

// Read reads a bundle. Whatever is wrong with it is a *FormatError.
func Read(r io.Reader) (*Opened, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, bad("it is no tar.gz: %v", err)
	}
	o := &Opened{inputs: map[string]doctor.Packed{}}
	in := tar.NewReader(io.LimitReader(zip, maxTotal))
	for count := 0; ; count++ {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, bad("%v", err)
		}
		if count == maxFiles || header.Size > maxFile {
			return nil, bad("it holds more than a bundle does")
		}
		if err := o.take(header.Name, in); err != nil {
			return nil, err
		}
	}
	if o.Manifest.Version == 0 {
		return nil, bad("it has no manifest")
	}
	return o, nil
}

// take reads a file of the archive. Names are looked at, and never used as paths.
func (o *Opened) take(name string, r io.Reader) error {
	switch {
	case name == manifestFile:
		if err := decode(r, &o.Manifest); err != nil {
			return bad("its manifest: %v", err)
		}
		if o.Manifest.Version > Version {
			return bad("it is of form %d, and this program knows forms up to %d; upgrade the plugin", o.Manifest.Version, Version)
		}
	case strings.HasPrefix(name, inputFolder):
		var p doctor.Packed
		if err := decode(r, &p); err != nil {
			return bad("%s: %v", strings.TrimPrefix(name, inputFolder), err)
		}
		o.inputs[p.Name] = p
	}
	return nil
}

func decode(r io.Reader, to any) error {
	data, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}

// Snapshot is what the bundle holds, for checks of these sources; what nobody knows is left out.
func (o *Opened) Snapshot(ctx context.Context, sources []doctor.Source) (*doctor.Snapshot, error) {
	var given []doctor.Given
	for _, source := range sources {
		p, held := o.inputs[source.Name()]
		if !held {
			continue
		}
		g, err := source.Unpack(p)
		if err != nil {
			return nil, bad("%v", err)
		}
		given = append(given, g)
	}
	m := o.Manifest
	s := doctor.NewSnapshot(ctx, doctor.Cluster{Name: m.Cluster, Namespace: m.Namespace, Release: m.Release, Offline: true, Err: m.Err.Unpack()}, given...)
	s.Now = m.Time
	return s, nil
}
