// Azure Managed Redis: Azure Cache for Redis is being retired.
param name string
@description('Makes the name unique in Azure')
param suffix string
param location string
param tags object
param subnetId string
param networkId string
param production bool

resource redis 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: '${name}-redis-${suffix}'
  location: location
  tags: tags
  sku: { name: production ? 'Balanced_B3' : 'Balanced_B0' }
  properties: {
    highAvailability: production ? 'Enabled' : 'Disabled'
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Disabled'
  }
}

resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' = {
  parent: redis
  name: 'default'
  properties: {
    clientProtocol: 'Encrypted'
    port: 10000
    // Celery waits for several keys with one command, which a cluster answers only when they share a slot.
    clusteringPolicy: 'NoCluster'
    // A queue must not lose tasks when memory is short.
    evictionPolicy: 'NoEviction'
    persistence: production ? { aofEnabled: true, aofFrequency: '1s', rdbEnabled: false } : { aofEnabled: false, rdbEnabled: false }
    // Celery's broker is a URL with a password; a token of Entra would have to be renewed within the hour.
    accessKeysAuthentication: 'Enabled'
  }
}

module endpoint 'privateEndpoint.bicep' = {
  name: 'redisEndpoint'
  params: {
    name: '${name}-redis'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    targetId: redis.id
    groupId: 'redisEnterprise'
    zoneName: 'privatelink.redis.azure.net'
  }
  dependsOn: [database]
}

output id string = redis.id
output name string = redis.name
output address string = '${redis.properties.hostName}:10000'
