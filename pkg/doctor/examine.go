package doctor

import "context"

// Examine collects once and runs every check on what was collected.
func Examine(ctx context.Context, c Cluster) Report {
	return judge(collect(ctx, c))
}

func judge(s *snapshot) Report {
	var r Report
	passed := map[string]bool{}
	for _, c := range checks {
		findings := c.findings(s, passed)
		passed[c.code] = true
		for _, f := range findings {
			passed[c.code] = passed[c.code] && f.Status == Pass
		}
		r.Findings = append(r.Findings, findings...)
	}
	return r
}
