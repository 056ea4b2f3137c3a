package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/doctor"
)

const canary = "p@ss/word \"of 8 bytes\" & more"

type thing struct{ Namespace, Name, Message string }

var things = doctor.NewInput("things of the test", func(context.Context, *doctor.Snapshot) ([]thing, error) { return nil, errors.New("nobody is asked") }).
	Keeping(func(all []thing) []thing { return all })

func content(given doctor.Given) Content {
	c := doctor.Cluster{Name: "our-cluster", Namespace: "external-secrets", Release: "external-secrets"}
	return Content{Snapshot: doctor.NewSnapshot(context.Background(), c, given), Sources: []doctor.Source{things}, Secrets: []string{canary, "short"},
		Manifest: Manifest{Program: "v1", Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Cluster: c.Name, Namespace: c.Namespace, Release: c.Release}}
}

func write(t *testing.T, c Content) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// unpacked is all text of a bundle.
func unpacked(t *testing.T, data []byte) string {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	want := []thing{{"team-red", "api", "hello"}}
	o, err := Read(bytes.NewReader(write(t, content(doctor.Give(things, want)))))
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.Snapshot(t.Context(), []doctor.Source{things})
	if err != nil {
		t.Fatal(err)
	}
	got, err := things.Of(t.Context(), s)
	if err != nil || len(got) != 1 || got[0] != want[0] || !s.Now.Equal(o.Manifest.Time) || s.Cluster.Name != "our-cluster" || o.Manifest.Version != Version {
		t.Errorf("%+v, %v, %+v", got, err, o.Manifest)
	}
}

func TestWhatWasNotReadIsNotInIt(t *testing.T) {
	other := doctor.NewInput("others", func(context.Context, *doctor.Snapshot) (int, error) { return 1, nil }).Keeping(func(n int) int { return n })
	o, err := Read(bytes.NewReader(write(t, content(doctor.Give(things, nil)))))
	if err != nil {
		t.Fatal(err)
	}
	s, err := o.Snapshot(t.Context(), []doctor.Source{things, other})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Of(t.Context(), s); !errors.Is(err, doctor.ErrNotPacked) {
		t.Errorf("error = %v", err)
	}
}

func TestASecretIsNeverWritten(t *testing.T) {
	quoted, _ := json.Marshal(canary)
	for name, text := range map[string]string{
		"plain": canary, "in a text": "it says " + canary + "!", "base64": base64.StdEncoding.EncodeToString([]byte(canary)), "hex": hex.EncodeToString([]byte(canary)),
		"query": url.QueryEscape(canary), "JSON": string(quoted),
	} {
		var b bytes.Buffer
		err := Write(t.Context(), &b, content(doctor.Give(things, []thing{{Message: text}})))
		var leak *LeakError
		if !errors.As(err, &leak) || b.Len() > 0 || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v, %d bytes", name, err, b.Len())
		}
	}
	masked := content(doctor.Give(things, []thing{{Name: "payments", Message: "postgres://u:Sup3rS3cret@payments:5432/db"}}))
	masked.Secrets, masked.Mask = []string{"postgres://u:Sup3rS3cret@payments:5432/db"}, true
	var hidden *LeakError
	if err := Write(t.Context(), io.Discard, masked); !errors.As(err, &hidden) {
		t.Errorf("a mask hides it: %v", err)
	}
	c := content(doctor.Give(things, nil))
	c.Reports = map[string][]byte{"report.txt": []byte(canary)}
	var leak *LeakError
	if err := Write(t.Context(), io.Discard, c); !errors.As(err, &leak) || leak.File != "report.txt" {
		t.Errorf("in a report: %v", err)
	}
}

func TestMaskingIsConsistent(t *testing.T) {
	c := content(doctor.Give(things, []thing{{"team-red", "billing", "ExternalSecret team-red/billing of our-cluster failed; team-reddish is another word"},
		{"team-red-blue", "default", "in external-secrets"}}))
	c.Mask = true
	c.Reports = map[string][]byte{"report.txt": []byte("see team-red/billing\n")}
	data := write(t, c)
	text := unpacked(t, data)
	for _, name := range []string{"our-cluster", "team-red/", `"team-red"`, `"billing"`, "team-red-blue"} {
		if strings.Contains(text, name) {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range []string{"team-reddish", "default", "external-secrets", "things of the test"} {
		if !strings.Contains(text, name) {
			t.Errorf("%s is gone", name)
		}
	}
	o, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	s, _ := o.Snapshot(t.Context(), []doctor.Source{things})
	got, err := things.Of(t.Context(), s)
	if err != nil || !strings.Contains(got[0].Message, got[0].Namespace+"/"+got[0].Name) || got[0].Namespace == got[1].Namespace || !o.Manifest.Masked {
		t.Errorf("%+v, %v", got, err)
	}
	if !strings.Contains(text, "see "+got[0].Namespace+"/"+got[0].Name) {
		t.Error("the report has other names than the inputs")
	}
}

// tarOf is an archive of these files.
func tarOf(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	out := tar.NewWriter(zip)
	for name, text := range files {
		if err := errors.Join(out.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))})); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatIsNoBundleIsRefused(t *testing.T) {
	many := map[string]string{}
	for i := range maxFiles + 1 {
		many[strings.Repeat("x", i+1)] = ""
	}
	for name, data := range map[string][]byte{
		"text":            []byte("hello"),
		"cut off":         write(t, content(doctor.Give(things, nil)))[:60],
		"no manifest":     tarOf(t, map[string]string{"inputs/x.json": `{"name":"x"}`}),
		"a later form":    tarOf(t, map[string]string{manifestFile: `{"version":99}`}),
		"no JSON":         tarOf(t, map[string]string{manifestFile: `{"version":1}`, "inputs/x.json": "<"}),
		"too many files":  tarOf(t, many),
		"broken manifest": tarOf(t, map[string]string{manifestFile: `[]`}),
	} {
		var format *FormatError
		if _, err := Read(bytes.NewReader(data)); !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPathsAreNeverFollowed(t *testing.T) {
	o, err := Read(bytes.NewReader(tarOf(t, map[string]string{manifestFile: `{"version":1}`, "../../etc/passwd": "x", "inputs/../../x": `{"name":"x"}`, "/abs": "x"})))
	if err != nil || o.Manifest.Version != 1 {
		t.Errorf("%+v, %v", o, err)
	}
}

func TestAnInputOfAnotherShapeIsAFormatError(t *testing.T) {
	o, err := Read(bytes.NewReader(tarOf(t, map[string]string{manifestFile: `{"version":1}`, "inputs/x.json": `{"name":"things of the test","value":{"a":1}}`})))
	if err != nil {
		t.Fatal(err)
	}
	var format *FormatError
	if _, err := o.Snapshot(t.Context(), []doctor.Source{things}); !errors.As(err, &format) {
		t.Errorf("error = %v", err)
	}
}
