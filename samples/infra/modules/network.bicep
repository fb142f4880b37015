param name string
param location string
param tags object

// overlays/managed of the sample's manifests lets pods reach the endpoints' subnet alone.
resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${name}-vnet'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.240.0.0/16'] }
    subnets: [
      { name: 'nodes', properties: { addressPrefix: '10.240.0.0/22' } }
      { name: 'endpoints', properties: { addressPrefix: '10.240.4.0/24' } }
    ]
  }
}

output id string = network.id
output nodesSubnetId string = '${network.id}/subnets/nodes'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
output name string = network.name
