package address

import "testing"

func TestAllocateIPIsUniqueAndReusedLate(t *testing.T) {
	table := NewTable()
	first, err := table.AllocateIP()
	if err != nil {
		t.Fatal(err)
	}
	table.ReleaseIP(first)
	if second, _ := table.AllocateIP(); second == first {
		t.Errorf("%s was given again at once", first)
	}
	seen := map[string]bool{}
	for {
		ip, err := table.AllocateIP()
		if err != nil {
			break
		}
		if seen[ip] {
			t.Fatalf("%s was given twice", ip)
		}
		seen[ip] = true
	}
	if len(seen) != lastHost-firstHost || !seen[first] {
		t.Errorf("gave %d further addresses, released one among them %v; want %d and true", len(seen), seen[first], lastHost-firstHost)
	}
}

func TestMapPorts(t *testing.T) {
	table := NewTable()
	ip, err := table.AllocateIP()
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := table.MapPorts(ip, []int32{8080, 8081})
	if err != nil {
		t.Fatal(err)
	}
	if mapped[8080] == mapped[8081] || mapped[8080] == 0 {
		t.Errorf("mapped %v, want two different ports", mapped)
	}
	if got, ok := table.HostPort(ip, 8081); !ok || got != mapped[8081] {
		t.Errorf("HostPort = %d, %v; want %d", got, ok, mapped[8081])
	}
	table.ReleaseIP(ip)
	if _, ok := table.HostPort(ip, 8081); ok {
		t.Error("port of a released address is still mapped")
	}
	if _, err := table.MapPorts(ip, []int32{80}); err == nil {
		t.Error("mapped a port of a released address")
	}
}
