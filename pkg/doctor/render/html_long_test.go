//go:build long

package render

import (
	"context"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// browser finds a Chromium; without one the page cannot be seen, and the test says how to get it.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("there is no Chromium to render the page with; install it: apt-get install -y chromium")
	return ""
}

// picture renders the page of a report in a colour scheme, from a file and without a network.
func picture(t *testing.T, chromium, name, scheme string, width int) image.Image {
	t.Helper()
	folder := t.TempDir()
	file, shot := filepath.Join(folder, "page.html"), filepath.Join(folder, "page.png")
	if err := os.WriteFile(file, []byte(pageOf(t, name)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	preferred := map[string]string{"dark": "0", "light": "1"}[scheme]
	size := map[int]string{1100: "1100,1000", 400: "400,1000"}[width]
	out, err := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir="+filepath.Join(folder, "profile"), "--blink-settings=preferredColorScheme="+preferred, "--window-size="+size,
		"--screenshot="+shot, "file://"+file).CombinedOutput()
	if err != nil {
		t.Fatalf("render: %v: %s", err, out)
	}
	f, err := os.Open(shot)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestThePageCanBeSeenInBothSchemes(t *testing.T) {
	chromium := browser(t)
	for _, name := range pageNames() {
		for scheme, ground := range map[string]func(r, g, b uint32) bool{
			"light": func(r, g, b uint32) bool { return r > 220 && g > 220 && b > 220 },
			"dark":  func(r, g, b uint32) bool { return r < 60 && g < 60 && b < 60 },
		} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				img := picture(t, chromium, name, scheme, 1100)
				r, g, b, _ := img.At(2, 2).RGBA()
				if !ground(r>>8, g>>8, b>>8) {
					t.Errorf("the ground is %d %d %d", r>>8, g>>8, b>>8)
				}
				if colours := distinct(img); colours < 50 {
					t.Errorf("there is nothing on the page: %d colours", colours)
				}
				if red := count(img, func(r, g, b uint32) bool { return r > 150 && g < 140 && b < 140 && r > 2*g }); (red > 100) != (name == "refused" || name == "unreachable" || name == fleetName) {
					t.Errorf("%d red points", red)
				}
			})
		}
	}
}

// On a narrow screen the drawing scrolls within itself, and nothing of the page is cut off.
func TestThePageFitsANarrowScreen(t *testing.T) {
	for _, name := range []string{"refused", fleetName} {
		img := picture(t, browser(t), name, "light", 400)
		bounds := img.Bounds()
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			if r, g, b, _ := img.At(bounds.Max.X-2, y).RGBA(); r>>8 < 200 || g>>8 < 200 || b>>8 < 200 {
				t.Fatalf("%s: the page reaches over the right edge at line %d", name, y)
			}
		}
	}
}

func distinct(img image.Image) int {
	seen := map[[3]uint32]bool{}
	count(img, func(r, g, b uint32) bool { seen[[3]uint32{r, g, b}] = true; return false })
	return len(seen)
}

func count(img image.Image, match func(r, g, b uint32) bool) int {
	n := 0
	for y := img.Bounds().Min.Y; y < img.Bounds().Max.Y; y++ {
		for x := img.Bounds().Min.X; x < img.Bounds().Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); match(r>>8, g>>8, b>>8) {
				n++
			}
		}
	}
	return n
}
