// dashboard-check FILE... reads dashboards as strictly as Grafana's own schema allows: no unknown field, none missing, no value
// outside of its range; time series and queries of Prometheus by their own schemas.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

func main() {
	runtime := cog.NewRuntime()
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	failed := false
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			failed = true
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
		}
	}
	if failed {
		os.Exit(1)
	}
}

func check(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	board := dashboard.Dashboard{}
	if err := mistakes(board.UnmarshalJSONStrict(content)); err != nil {
		return err
	}
	return mistakes(board.Validate())
}

// The SDK also answers with a list of mistakes that is empty.
func mistakes(err error) error {
	var list cog.BuildErrors
	if errors.As(err, &list) && len(list) == 0 {
		return nil
	}
	return err
}
