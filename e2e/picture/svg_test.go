package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// drawing is what the tests look at in a picture.
type drawing struct {
	Title string `xml:"title"`
	Desc  string `xml:"desc"`
	Style string `xml:"style"`
	Frame []struct {
		Class string `xml:"class,attr"`
		Text  []struct {
			X      string `xml:"x,attr"`
			Y      string `xml:"y,attr"`
			Length string `xml:"textLength,attr"`
			Class  string `xml:"class,attr"`
			Text   string `xml:",chardata"`
		} `xml:"text"`
	} `xml:"g"`
}

func drawn(t *testing.T, p picture) drawing {
	t.Helper()
	var b strings.Builder
	if err := p.write(&b); err != nil {
		t.Fatal(err)
	}
	return understood(t, b.String())
}

func understood(t *testing.T, svg string) drawing {
	t.Helper()
	var d drawing
	if err := xml.Unmarshal([]byte(svg), &d); err != nil {
		t.Fatalf("no XML: %v\n%s", err, svg)
	}
	return d
}

func still(text string) picture {
	s := &screen{columns: 40}
	_, _ = s.Write([]byte(text))
	return picture{title: "A <title>", description: "What & why", columns: 40, frames: []frame{{lines: s.lines()}}}
}

func TestAPictureThatStandsStill(t *testing.T) {
	d := drawn(t, still("\x1b[1;31m✗ FAIL\x1b[0m  a<b & \"c\"\r\n   \x1b[2mfaint 漢\x1b[0m"))
	if d.Title != "A <title>" || d.Desc != "What & why" || strings.Contains(d.Style, "animation") || !strings.Contains(d.Style, "prefers-color-scheme: dark") {
		t.Errorf("%+v", d)
	}
	texts := d.Frame[0].Text
	if len(texts) != 3 {
		t.Fatalf("%+v", texts)
	}
	for i, want := range []struct{ x, y, length, class, text string }{
		{"16.0", "30", "50.4", "c1 bold", "✗ FAIL"},
		{"83.2", "30", "75.6", "", "a<b & \"c\""},
		{"41.2", "48", "67.2", "faint", "faint 漢"},
	} {
		got := texts[i]
		if got.X != want.x || got.Y != want.y || got.Length != want.length || got.Class != want.class || got.Text != want.text {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

func TestAPictureThatMovesEndsWithItsLastFrame(t *testing.T) {
	p := still("head\r\nfirst\r\nstays")
	p.frames = append(p.frames, frame{at: 1500 * time.Millisecond, lines: still("head\r\nsecond\r\nstays\r\nnew").frames[0].lines})
	d := drawn(t, p)
	got := map[string]string{}
	for _, f := range d.Frame {
		for _, text := range f.Text {
			got[f.Class] += text.Text + " "
		}
	}
	if diff := cmp.Diff(map[string]string{"s0-1": "head stays ", "s0-0": "first ", "s1-1": "second new "}, got); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{".s0-0 { visibility: hidden }", ".s0-0 { animation: shown 1.50s 0.00s }", ".s1-1 { animation: later 1.50s }", "prefers-reduced-motion"} {
		if !strings.Contains(d.Style, want) {
			t.Errorf("no %q in %s", want, d.Style)
		}
	}
	if strings.Contains(d.Style, ".s0-1 ") {
		t.Error("what is always there moves")
	}
}

// The pictures in the repository are anybody's: readable for all, and of no machine.
func TestThePicturesOfTheDocs(t *testing.T) {
	names, err := filepath.Glob("../../docs/pictures/*.svg")
	if err != nil || len(names) == 0 {
		t.Fatalf("no pictures: %v", err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	local := regexp.MustCompile(`127\.0\.0\.1|localhost|/(root|home|tmp|Users|var|work)/|` + regexp.QuoteMeta(host))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d := understood(t, string(data))
		if d.Title == "" || d.Desc == "" || len(data) > 64<<10 || strings.Contains(string(data), "<script") {
			t.Errorf("%s: title %q, description %q, %d bytes", name, d.Title, d.Desc, len(data))
		}
		if found := local.FindString(string(data)); found != "" {
			t.Errorf("%s tells of the machine it was made on: %q", name, found)
		}
	}
}
