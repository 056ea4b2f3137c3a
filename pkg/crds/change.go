package crds

import "slices"

// Change is what a new set of definitions does to one of the cluster's.
type Change struct {
	// Definition is the cluster's, or that of After where the cluster has none yet.
	Definition, After Definition
	// New means that the cluster does not have the definition yet.
	New bool
	// VersionsRemoved are gone afterwards, VersionsUnserved no longer served, though they were.
	VersionsRemoved, VersionsUnserved []string
	// FieldsRemoved are, for each version that stays, those that it does not know any more, as paths.
	FieldsRemoved map[string][]string
	// Migrate are stored versions that must not be in use any more when the new definition comes, because that does not serve them.
	Migrate []string
	// MigrateLater are stored versions that the new definition does not serve either, but which the cluster writes until then.
	MigrateLater []string
	// Blocked says why the new definition cannot be applied whatever is done before, or is empty.
	Blocked string
}

// Compare says what the definitions in after do to those in the cluster. Definitions of the cluster that after lacks stay as they are.
func Compare(cluster, after []Definition) []Change {
	var changes []Change
	for _, next := range after {
		now, known := find(cluster, next.Name)
		if !known {
			changes = append(changes, Change{Definition: next, After: next, New: true})
			continue
		}
		changes = append(changes, now.change(next))
	}
	return changes
}

func (d Definition) change(next Definition) Change {
	c := Change{Definition: d, After: next, FieldsRemoved: map[string][]string{}}
	for _, v := range d.Versions {
		after, stays := next.Version(v.Name)
		switch {
		case !stays:
			c.VersionsRemoved = append(c.VersionsRemoved, v.Name)
		case v.Served && !after.Served:
			c.VersionsUnserved = append(c.VersionsUnserved, v.Name)
		}
		if fields := lost(v.schema, after.schema); stays && len(fields) > 0 {
			c.FieldsRemoved[v.Name] = fields
		}
	}
	for _, stored := range d.Stored {
		c.retire(stored, next)
	}
	return c
}

// retire decides what is to be done about objects that may be stored in a version.
func (c *Change) retire(stored string, next Definition) {
	after, stays := next.Version(stored)
	_, readable := c.Definition.Readable()
	switch {
	case stays && after.Served:
	case stored != c.Definition.Storage() && readable:
		c.Migrate = append(c.Migrate, stored)
	case stored != c.Definition.Storage():
		c.Blocked = "objects may be stored as " + stored + ", and no version is served in which they could be rewritten"
	case stays:
		c.MigrateLater = append(c.MigrateLater, stored)
	default:
		c.Blocked = "the cluster stores objects as " + stored + ", which the new definition does not have"
	}
}

// Alters reports whether the change takes anything away or needs anything done before.
func (c Change) Alters() bool {
	return c.New || c.Blocked != "" || len(c.VersionsRemoved)+len(c.VersionsUnserved)+len(c.FieldsRemoved)+len(c.Migrate)+len(c.MigrateLater) > 0
}

// Unserved are the versions of kinds that nobody can use once the changes are made: those that go and those that are not served, now or
// before.
func Unserved(changes []Change) []Unusable {
	var all []Unusable
	for _, c := range changes {
		for _, v := range slices.Concat(c.Definition.Versions, c.After.Versions) {
			left, stays := c.After.Version(v.Name)
			one := Unusable{APIVersion: c.After.Group + "/" + v.Name, Kind: c.After.Kind}
			if (!stays || !left.Served) && !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return all
}

// Unusable is a version of a kind that the API server does not serve.
type Unusable struct{ APIVersion, Kind string }
