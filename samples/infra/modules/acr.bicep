param name string
@description('Makes the name unique in Azure')
param suffix string
param location string
param tags object
param subnetId string
param networkId string
param workspaceId string

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: '${name}acr${suffix}'
  location: location
  tags: tags
  sku: { name: 'Premium' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    dataEndpointEnabled: true
    publicNetworkAccess: 'Disabled'
    // Lets Defender for Containers read images through the closed network.
    networkRuleBypassOptions: 'AzureServices'
    zoneRedundancy: 'Enabled'
    policies: {
      // Manifests without a tag. LangflowBuild tags each release, so what runs is kept.
      retentionPolicy: { status: 'enabled', days: 30 }
    }
  }
}

// What the cluster pulls besides our own images comes through the registry: from sources that need no login.
var cached = [
  { name: 'postgres-exporter', repository: 'quay.io/prometheuscommunity/postgres-exporter' }
  { name: 'redis-exporter', repository: 'quay.io/oliver006/redis_exporter' }
  {
    name: 'opentelemetry-collector'
    repository: 'ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib'
  }
  { name: 'celery-exporter', repository: 'ghcr.io/danihodovic/celery-exporter' }
]

@batchSize(1)
resource cacheRules 'Microsoft.ContainerRegistry/registries/cacheRules@2023-07-01' = [
  for rule in cached: {
    parent: registry
    name: rule.name
    properties: { sourceRepository: rule.repository, targetRepository: rule.repository }
  }
]

module endpoint 'privateEndpoint.bicep' = {
  name: 'acrEndpoint'
  params: {
    name: '${name}-acr'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    targetId: registry.id
    groupId: 'registry'
    zoneName: 'privatelink.azurecr.io'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: registry
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

output name string = registry.name
output loginServer string = registry.properties.loginServer
