param name string
@description('Makes the name unique in Azure')
param suffix string
param location string
param tags object
param subnetId string
param networkId string
param workspaceId string
param adminGroupId string
param adminGroupName string
param production bool
@secure()
param password string

// Langflow logs in with a password: its URL of the database is fixed, and a token of Entra ends within the hour. People log
// in by Entra. The administrator is the role langflow that the sample's manifests use; it is no superuser.
resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-pg-${suffix}'
  location: location
  tags: tags
  sku: production ? { name: 'Standard_D2ds_v5', tier: 'GeneralPurpose' } : { name: 'Standard_B1ms', tier: 'Burstable' }
  properties: {
    version: '16'
    administratorLogin: 'langflow'
    administratorLoginPassword: password
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Enabled', tenantId: tenant().tenantId }
    network: { publicNetworkAccess: 'Disabled' }
    storage: { storageSizeGB: production ? 128 : 32, autoGrow: 'Enabled' }
    backup: {
      backupRetentionDays: production ? 35 : 7
      geoRedundantBackup: production ? 'Enabled' : 'Disabled'
    }
    highAvailability: { mode: production ? 'ZoneRedundant' : 'Disabled' }
  }
}

// One after the other: the server refuses a change while another is under way.
resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: server
  name: 'langflow'
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
}

resource administrators 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2024-08-01' = {
  parent: server
  name: adminGroupId
  properties: { principalName: adminGroupName, principalType: 'Group', tenantId: tenant().tenantId }
  dependsOn: [database]
}

resource tls 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = {
  parent: server
  name: 'require_secure_transport'
  properties: { value: 'on', source: 'user-override' }
  dependsOn: [administrators]
}

module endpoint 'privateEndpoint.bicep' = {
  name: 'postgresqlEndpoint'
  params: {
    name: '${name}-pg'
    location: location
    tags: tags
    subnetId: subnetId
    networkId: networkId
    targetId: server.id
    groupId: 'postgresqlServer'
    zoneName: 'privatelink.postgres.database.azure.com'
  }
  dependsOn: [tls]
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: server
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'PostgreSQLLogs', enabled: true }]
  }
}

output id string = server.id
output address string = '${server.properties.fullyQualifiedDomainName}:5432'
