// The add-ons of the cluster send what a rule tells them to, to where it tells them: without these nothing is ingested.
param name string
param location string
param tags object
param clusterName string
param workspaceId string
param monitorWorkspaceId string

resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' existing = {
  name: clusterName
}

resource endpoint 'Microsoft.Insights/dataCollectionEndpoints@2022-06-01' = {
  name: '${name}-prometheus'
  location: location
  tags: tags
  kind: 'Linux'
  properties: { networkAcls: { publicNetworkAccess: 'Enabled' } }
}

resource metrics 'Microsoft.Insights/dataCollectionRules@2022-06-01' = {
  name: '${name}-prometheus'
  location: location
  tags: tags
  kind: 'Linux'
  properties: {
    dataCollectionEndpointId: endpoint.id
    dataSources: {
      prometheusForwarder: [
        { name: 'PrometheusDataSource', streams: ['Microsoft-PrometheusMetrics'], labelIncludeFilter: {} }
      ]
    }
    destinations: {
      monitoringAccounts: [{ name: 'prometheus', accountResourceId: monitorWorkspaceId }]
    }
    dataFlows: [{ streams: ['Microsoft-PrometheusMetrics'], destinations: ['prometheus'] }]
  }
}

resource metricsAssociation 'Microsoft.Insights/dataCollectionRuleAssociations@2022-06-01' = {
  name: '${name}-prometheus'
  scope: cluster
  properties: { dataCollectionRuleId: metrics.id }
}

// Logs, events and the list of pods; numbers come from Prometheus, so Log Analytics is not paid for them again.
var logStreams = ['Microsoft-ContainerLogV2', 'Microsoft-KubeEvents', 'Microsoft-KubePodInventory']

resource logs 'Microsoft.Insights/dataCollectionRules@2022-06-01' = {
  name: '${name}-container-insights'
  location: location
  tags: tags
  kind: 'Linux'
  properties: {
    dataSources: {
      extensions: [
        {
          name: 'ContainerInsightsExtension'
          extensionName: 'ContainerInsights'
          streams: logStreams
          extensionSettings: {
            dataCollectionSettings: {
              interval: '1m'
              namespaceFilteringMode: 'Exclude'
              namespaces: ['kube-system', 'gatekeeper-system']
              enableContainerLogV2: true
            }
          }
        }
      ]
    }
    destinations: {
      logAnalytics: [{ name: 'logs', workspaceResourceId: workspaceId }]
    }
    dataFlows: [{ streams: logStreams, destinations: ['logs'] }]
  }
}

resource logsAssociation 'Microsoft.Insights/dataCollectionRuleAssociations@2022-06-01' = {
  name: 'ContainerInsightsExtension'
  scope: cluster
  properties: { dataCollectionRuleId: logs.id }
}
