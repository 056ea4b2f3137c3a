package checks

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"
	"github.com/eso-infisical/kubectl-eso-infisical/pkg/eso"
)

// ESO's client drops the events of an object that has had many, so that the newest says nothing of when ESO looked last.
func TestManyEventsMakeTheNewestNoWitness(t *testing.T) {
	spoil := map[cause.Code]func(*world){
		"EI751": func(w *world) {
			w.secret().ManagedFields = []metav1.ManagedFieldsEntry{{Time: &metav1.Time{Time: time.Now().Truncate(time.Second)}, FieldsV1: metav1.NewFieldsV1(`{"f:data":{}}`)}}
		},
		"EI752": func(w *world) {
			w.storeEvents[eso.StoreKey{Name: "infisical-p"}][0].Last = time.Now().Add(-40 * time.Minute)
		},
	}
	for code, do := range spoil {
		for count, warned := range map[int64]bool{0: true, eventBurst - 1: true, eventBurst: false} {
			w := healthy(t)
			w.storeEvents[eso.StoreKey{Name: "infisical-p"}][0].Count = count
			do(w)
			found := false
			for _, o := range examine(t, w).Outcomes {
				for _, f := range o.Findings {
					found = found || f.Code() == code
				}
			}
			if found != warned {
				t.Errorf("%s after %d events: %t", code, count, found)
			}
		}
	}
}
