package podworker

import (
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// awaitImage returns the command for the container's image. An image that the node does not know is tried
// again and again, with the events and states of a node whose registry does not have it.
func (c *container) awaitImage() ([]string, bool) {
	for {
		command, err := c.worker.host.Images.Command(c.spec.Image)
		if err == nil {
			c.event(corev1.EventTypeNormal, "Pulled", fmt.Sprintf("Container image %q already present on machine", c.spec.Image))
			return command, true
		}
		if c.spec.ImagePullPolicy == corev1.PullNever {
			err = fmt.Errorf("Container image %q is not present with pull policy of Never", c.spec.Image) //nolint:staticcheck // worded as a kubelet words it
			c.event(corev1.EventTypeWarning, "ErrImageNeverPull", err.Error())
			c.event(corev1.EventTypeWarning, "Failed", "Error: ErrImageNeverPull")
			c.wait("ErrImageNeverPull", err.Error())
		} else if !c.failPull(err) {
			return nil, false
		}
		if !c.pullBackOff(err) {
			return nil, false
		}
	}
}

func (c *container) failPull(err error) bool {
	c.event(corev1.EventTypeNormal, "Pulling", fmt.Sprintf("Pulling image %q", c.spec.Image))
	c.event(corev1.EventTypeWarning, "Failed", fmt.Sprintf("Failed to pull image %q: %v", c.spec.Image, err))
	c.event(corev1.EventTypeWarning, "Failed", "Error: ErrImagePull")
	c.wait("ErrImagePull", err.Error())
	return c.worker.sleep(c.worker.host.Pace.PullError, nil)
}

func (c *container) pullBackOff(err error) bool {
	w := c.worker
	w.pulls.Next(c.spec.Image, time.Now())
	if c.spec.ImagePullPolicy != corev1.PullNever {
		message := fmt.Sprintf("Back-off pulling image %q", c.spec.Image)
		c.event(corev1.EventTypeNormal, "BackOff", message)
		c.event(corev1.EventTypeWarning, "Failed", "Error: ImagePullBackOff")
		c.wait("ImagePullBackOff", fmt.Sprintf("%s: ErrImagePull: %v", message, err))
	}
	return w.sleep(w.pulls.Get(c.spec.Image), nil)
}
