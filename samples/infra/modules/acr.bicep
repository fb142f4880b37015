param name string
param location string
param tags object
param subnetId string

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: '${name}acr'
  location: location
  tags: tags
  sku: { name: 'Premium' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    dataEndpointEnabled: true
    publicNetworkAccess: 'Disabled'
    zoneRedundancy: 'Enabled'
    policies: {
      retentionPolicy: { status: 'enabled', days: 30 }
    }
  }
}

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: '${name}-acr-endpoint'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: 'acr', properties: { privateLinkServiceId: registry.id, groupIds: ['registry'] } }
    ]
  }
}

output name string = registry.name
output loginServer string = registry.properties.loginServer
